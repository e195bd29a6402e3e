"""What `manage.py run` starts, and in which order."""

from arena.management.commands.run import processes


def test_the_chain_is_there_before_those_who_ask_it_and_only_when_it_is_wanted() -> None:
    names = [process.name for process in processes("127.0.0.1", 8000, models=True, chain=True)]
    assert names == ["chain", "models", "web", "projector", "worker"]
    assert "chain" not in [process.name for process in processes("127.0.0.1", 8000, models=False)]
