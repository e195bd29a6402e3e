"""A vendor founds an organisation, makes a key that works, lets a colleague in, and sees what is theirs alone."""

from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Page, expect

from arena.contenders import actions as contenders
from arena.contenders.models import State
from arena.vendors import actions as vendors
from arena.vendors.models import ApiKey, Organisation
from tests.e2e.looking import fits, violations
from tests.e2e.test_account import prove, sign_up
from tests.processes import Web

LONG = 20_000


def found(page: Page) -> None:
    page.goto("/vendor")
    page.get_by_test_id("found-name").fill("Amber Labs & Söhne")
    expect(page.get_by_test_id("found-slug")).to_have_value("amber-labs-sohne")
    page.get_by_test_id("found").click()
    expect(page.locator("h1")).to_have_text("Amber Labs & Söhne", timeout=LONG)
    expect(page.get_by_test_id("no-keys")).to_be_visible(timeout=LONG)


def make_key(page: Page, name: str) -> str:
    page.get_by_test_id("key-name").fill(name)
    page.get_by_test_id("key-make").click()
    if page.get_by_test_id("prove").or_(page.get_by_test_id("new-key")).first.get_attribute("data-testid") == "prove":
        prove(page)
    expect(page.get_by_test_id("new-key")).to_be_visible(timeout=LONG)
    return page.get_by_test_id("new-key").inner_text()


def test_from_an_account_to_a_key_that_works_and_no_rule_of_axe_is_broken(seen: Page) -> None:
    wrong: dict[str, list[str]] = {}

    def look(name: str) -> None:
        if broken := violations(seen):
            wrong[name] = broken
        assert fits(seen), name

    seen.goto("/vendor")
    expect(seen.get_by_test_id("vendor-sign-in")).to_be_visible(timeout=LONG)
    look("signed out")
    sign_up(seen)
    found(seen)
    look("founded")
    secret = make_key(seen, "nightly")
    look("key made")
    asked = Request(f"{seen.evaluate('location.origin')}/api/v1/contenders", headers={"Authorization": f"Bearer {secret}"})
    with urlopen(asked, timeout=10) as reply:
        assert reply.status == 200
    seen.get_by_test_id("kept").click()
    assert secret not in seen.content()
    seen.get_by_test_id("revoke").click()
    look("asked whether to revoke")
    seen.get_by_test_id("revoke-yes").click()
    expect(seen.get_by_test_id("no-keys")).to_be_visible(timeout=LONG)
    assert ApiKey.objects.get().revoked_at is not None
    seen.goto("/developers")
    expect(seen.locator("pre").first).to_contain_text(f"export ARENA={seen.evaluate('location.origin')}", timeout=LONG)
    look("developers")
    assert wrong == {}


def test_a_colleague_comes_in_by_a_link_and_sees_what_strangers_do_not(chromium: Browser, site: Web) -> None:
    url = site.url.replace("127.0.0.1", "localhost")
    ada, ben = (chromium.new_context(base_url=url, viewport={"width": 1440, "height": 900}) for _ in range(2))
    owner, colleague = ada.new_page(), ben.new_page()
    sign_up(owner)
    found(owner)
    secret = contenders.register(slug="amber-9", name="Quokka-9", vendor="Amber Labs", state=State.PRIVATE_TEST)
    vendors.enter(organisation=Organisation.objects.get(), contender=secret)
    owner.get_by_test_id("invite").click()
    if owner.get_by_test_id("prove").or_(owner.get_by_test_id("invitation")).first.get_attribute("data-testid") == "prove":
        prove(owner)
    link = owner.get_by_test_id("invitation").inner_text(timeout=LONG)

    colleague.goto("/leaderboard/overall")
    expect(colleague.locator("main h1").first).to_be_visible(timeout=LONG)
    assert "Quokka" not in colleague.content()
    colleague.goto(link.partition(url.split("//")[1])[2])
    expect(colleague.get_by_test_id("invited")).to_be_visible(timeout=LONG)
    colleague.get_by_test_id("vendor-sign-in").get_by_role("link").click()
    colleague.get_by_test_id("email").fill("ben@example.org")
    colleague.get_by_test_id("password").fill("another long passphrase")
    colleague.get_by_test_id("enter").click()
    colleague.get_by_test_id("join").click(timeout=LONG)
    expect(colleague.get_by_test_id("own-contenders")).to_contain_text("Quokka-9", timeout=LONG)
    expect(colleague.get_by_test_id("own-contenders")).to_contain_text("Private test")
    expect(colleague.get_by_test_id("key-make")).to_have_count(0)
    assert "join" not in colleague.url
    ada.close()
    ben.close()
