"""What a vote earns."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.battles.rewards import Award, Cast, RewardPolicy, VoteFacts, decide, dry_run

RATED = ("a", "b", "tie", "ranking", "both_bad")


POLICY = RewardPolicy.flat(points=10, daily_cap=200, guest_network_daily_cap=400)
NAME = "flat-1-10-200-400"


def vote(outcome: str = "a", rated: bool = True, is_guest: bool = False, earned: int = 0, network: int = 0) -> VoteFacts:
    return VoteFacts(outcome, rated, is_guest, earned_today=earned, network_earned_today=network)


@pytest.mark.parametrize("outcome", RATED)
@pytest.mark.parametrize("is_guest", [True, False])
def test_every_rated_outcome_earns_the_same(outcome: str, is_guest: bool) -> None:
    assert decide(vote(outcome, is_guest=is_guest), POLICY) == Award(10, "flat", NAME)


@pytest.mark.parametrize("rated", [True, False])
def test_a_skip_earns_nothing(rated: bool) -> None:
    assert decide(vote("skip", rated=rated), POLICY) == Award(0, "skip", NAME)


@pytest.mark.parametrize("outcome", RATED)
def test_an_unrated_vote_earns_nothing(outcome: str) -> None:
    assert decide(vote(outcome, rated=False), POLICY) == Award(0, "unrated", NAME)


@pytest.mark.parametrize(
    ("earned", "award"),
    [
        (190, Award(10, "flat", NAME)),
        (191, Award(9, "daily_cap", NAME)),
        (199, Award(1, "daily_cap", NAME)),
        (200, Award(0, "daily_cap", NAME)),
        (500, Award(0, "daily_cap", NAME)),
    ],
)
def test_the_last_award_before_the_daily_cap_is_cut_to_what_is_left(earned: int, award: Award) -> None:
    assert decide(vote(earned=earned), POLICY) == award


@pytest.mark.parametrize(
    ("network", "award"),
    [(390, Award(10, "flat", NAME)), (397, Award(3, "network_cap", NAME)), (400, Award(0, "network_cap", NAME))],
)
def test_guests_of_one_network_share_a_cap(network: int, award: Award) -> None:
    assert decide(vote(is_guest=True, network=network), POLICY) == award


def test_members_do_not_share_the_network_s_cap() -> None:
    assert decide(vote(network=10_000), POLICY) == Award(10, "flat", NAME)


def test_the_cap_that_leaves_least_decides_and_is_named() -> None:
    assert decide(vote(is_guest=True, earned=195, network=398), POLICY) == Award(2, "network_cap", NAME)
    assert decide(vote(is_guest=True, earned=199, network=398), POLICY) == Award(1, "daily_cap", NAME)
    assert decide(vote(is_guest=True, earned=198, network=398), POLICY) == Award(2, "daily_cap", NAME)


def test_the_award_names_the_policy_that_decided() -> None:
    policy = RewardPolicy(version="flat-2", points=7, daily_cap=20, guest_network_daily_cap=30)
    assert decide(vote(earned=14), policy) == Award(6, "daily_cap", "flat-2")


def test_a_version_names_all_figures() -> None:
    assert (POLICY.version, POLICY.points, POLICY.daily_cap, POLICY.guest_network_daily_cap) == (NAME, 10, 200, 400)


def test_a_policy_of_nothing_pays_nothing() -> None:
    assert decide(vote(), RewardPolicy("none", 0, 200, 400)) == Award(0, "flat", "none")


@settings(deadline=None)
@given(
    outcomes=st.lists(st.sampled_from([*RATED, "skip"]), max_size=80),
    points=st.integers(0, 60),
    cap=st.integers(0, 300),
    network=st.integers(0, 300),
    is_guest=st.booleans(),
)
def test_a_day_of_votes_never_earns_more_than_its_caps(outcomes: list[str], points: int, cap: int, network: int, is_guest: bool) -> None:
    policy, earned = RewardPolicy("p", points, cap, network), 0
    for outcome in outcomes:
        award = decide(vote(outcome, is_guest=is_guest, earned=earned, network=earned), policy)
        assert type(award.points) is int
        assert 0 <= award.points <= points
        earned += award.points
    limit = min(cap, network) if is_guest else cap
    assert earned == min(limit, points * sum(outcome != "skip" for outcome in outcomes))


def test_unknown_outcomes_and_debts_are_refused() -> None:
    for wrong in ({"outcome": "left"}, {"outcome": ""}, {"earned": -1}, {"network": -1}):
        with pytest.raises(ValueError):
            vote(**wrong)
    for wrong in ({"points": -1}, {"daily_cap": -1}, {"guest_network_daily_cap": -1}):
        with pytest.raises(ValueError):
            RewardPolicy.flat(**{"points": 1, "daily_cap": 1, "guest_network_daily_cap": 1, **wrong})


def cast(*, day: int = 0, person: str = "ada", network: str = "n", is_guest: bool = False, outcome: str = "a", rated: bool = True) -> Cast:
    return Cast(day, person, network, is_guest, outcome, rated, 10 if rated and outcome != "skip" else 0, False)


def test_a_dry_run_begins_each_day_from_nothing() -> None:
    run = dry_run([cast(day=day) for day in (0, 0, 0, 1)], RewardPolicy("p", 10, 15, 1000))
    assert (run.paid, run.paid_now, run.capped) == (25, 40, 2)
    assert run.by_day == {0: (15, 30), 1: (10, 10)}


def test_a_dry_run_holds_the_cap_of_a_network_over_all_its_guests_and_no_others() -> None:
    guests = [cast(person=str(number), is_guest=True) for number in range(4)]
    members = [cast(person=f"member {number}") for number in range(4)]
    run = dry_run([*guests, *members], RewardPolicy("p", 10, 100, 25))
    assert (run.paid, run.capped, run.losing, run.gaining) == (65, 2, 2, 0)


def test_a_dry_run_tells_who_gains_and_who_loses() -> None:
    run = dry_run([cast(person="once"), *(cast(person="often") for _ in range(5))], RewardPolicy("p", 12, 20, 1000))
    assert (run.gaining, run.losing, run.votes, run.rated) == (1, 1, 6, 6)


@settings(deadline=None)
@given(
    votes=st.lists(
        st.builds(
            cast,
            day=st.integers(0, 2),
            person=st.sampled_from("abc"),
            network=st.sampled_from("mn"),
            is_guest=st.booleans(),
            outcome=st.sampled_from([*RATED, "skip"]),
            rated=st.booleans(),
        ),
        max_size=60,
    ),
    points=st.integers(0, 60),
    cap=st.integers(0, 300),
)
def test_a_dry_run_adds_up_however_it_is_looked_at(votes: list[Cast], points: int, cap: int) -> None:
    run = dry_run(votes, RewardPolicy("p", points, cap, cap))
    assert run.paid == sum(then for then, _ in run.by_day.values())
    assert run.paid - run.paid_now == sum(run.by_person.values())
    assert run.paid <= points * run.rated
