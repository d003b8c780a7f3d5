"""``workbench experiment list | show | run | compare``; what a command needs is imported when it runs."""

from typing import Annotated

import typer

experiment = typer.Typer(
    help="A change against a base, through the backtest: list, show, run, compare.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A file in params/experiments/, such as kelly_half.")]
Places = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Where sources are, how seasons are fanned out, or smoke=true."),
]


@experiment.command(name="list")
def list_them() -> None:
    """List the experiments with what they ask."""
    from workbench.cli.experiment import list_experiments

    typer.echo(list_experiments())


@experiment.command()
def show(name: Name) -> None:
    """Show what an experiment asks, why, and what it changes."""
    from workbench.cli.experiment import show_experiment

    typer.echo(show_experiment(name))


@experiment.command()
def run(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Run also what is unchanged.")] = False,
    places: Places = None,
) -> None:
    """Run what has not been run of an experiment, renew the page of experiments, and print where its record is."""
    from workbench.cli.app import pairs
    from workbench.cli.experiment import run_experiment

    typer.echo(run_experiment(name, places=pairs(places), force=force))


@experiment.command()
def compare(
    first: Name, second: Annotated[str, typer.Argument(metavar="OTHER", help="Another one.")], places: Places = None
) -> None:
    """Compare the changes of two experiments on the weeks that both decided."""
    from workbench.cli.app import pairs
    from workbench.cli.experiment import compare_experiments

    typer.echo(compare_experiments(first, second, places=pairs(places)))
