"""The command line `groundplan`: everything but drawing works without a window, and Qt is not loaded.

Exit codes: 0 done, 1 a gate failed or findings are errors, 2 bad input or usage, 3 a fault of the program.
A thin layer over models and exports; imports happen inside the commands, so that `--help` is instant.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.evaluation import Evaluation
    from models.plans import Plan
    from models.report import Assessment

GATE_FAILED = 1
BAD_INPUT = 2
PROGRAM_FAULT = 3

_variant = click.option("--variant", default="", help="Name of the variant; the first one if left out.")
_month = click.option("--month", default=0, show_default=True, type=click.IntRange(0, 600), help="Month of the plan.")
_prices = click.option(
    "--prices", type=click.Path(exists=True, path_type=Path), help="CSV price list to lay over the catalog."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON (see docs/json.md).")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="groundplan", message="groundplan %(version)s")
def cli() -> None:
    """Plan AI systems: draw services and data flows, see cost, load, latency and availability.

    FILE is a .groundplan project, a .json design, a folder of JSON, or template:ID; #NAME behind it picks a variant.
    """


@cli.command("open")
@click.argument("files", nargs=-1, metavar="[FILE]...")
def open_window(files: tuple[str, ...]) -> None:
    """Open the window, on each FILE if given."""
    shown = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in shown):
        raise click.ClickException(
            "There is no display to open a window on. Without one, start with `groundplan demo`."
        )
    try:
        from app.application import run
    except ImportError as error:
        raise click.ClickException(f"The window cannot open: {error}. `make run` installs what is missing.") from error
    sys.exit(run(files))


@cli.command("templates")
@_json
def list_templates(as_json: bool) -> None:
    """List the systems to start from."""
    from exports.json import encode
    from exports.text import columns
    from models.templates import templates

    if as_json:
        found = [
            {
                "id": each.id,
                "title": each.title,
                "summary": each.summary,
                "variants": [variant.name for variant in each.variants],
            }
            for each in templates()
        ]
        click.echo(encode({"format": "groundplan-templates", "version": 1, "templates": found}), nl=False)
        return
    for each in templates():
        names = " | ".join(variant.name for variant in each.variants)
        click.echo(columns([(each.id, each.title), ("", each.summary), ("", f"Variants: {names}")]))


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--template", "template_id", default="", help="Start from this template (see `groundplan templates`).")
@click.option("--title", default="", help="Name of the project; the template's or the file's if left out.")
def new(file: Path, template_id: str, title: str) -> None:
    """Write a new project FILE, empty or from a template."""
    from models.design.design import Design
    from models.plans import TEMPLATE_PREFIX, read_designs, write_designs

    name: str = file.stem
    designs: tuple[tuple[str, Design], ...] = (("Plan", Design()),)
    if template_id:
        name, designs = read_designs(TEMPLATE_PREFIX + template_id.removeprefix(TEMPLATE_PREFIX))
    write_designs(file, title or name, designs)
    click.echo(f"Wrote {file} with {_listed([variant for variant, _ in designs])}.")


@cli.command("import")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Project or .json to write.")
@click.option("--title", default="", help="Name of the project; the first source's if left out.")
@click.option("--profile", "profiles", multiple=True, help="Compose profile to switch on; * for all.")
def import_sources(sources: tuple[Path, ...], output: Path, title: str, profiles: tuple[str, ...]) -> None:
    """Read a system into a new project.

    SOURCES are Compose files, Kubernetes manifests, Terraform plans or folders of them, or a drawing of draw.io or a
    workspace of Structurizr.
    """
    from exports.text import notes_text
    from models.importers import import_files
    from models.plans import write_designs

    found = import_files(sources, profiles=profiles)
    first = sources[0].resolve()
    write_designs(output, title or (first.name if first.is_dir() else first.parent.name), (("Imported", found.design),))
    click.echo(f"Wrote {output}: {found.summary()}")
    click.echo(notes_text(found.notes), nl=False)


@cli.command("bill")
@click.argument("project", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("bills", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_variant
def read_bills(project: Path, bills: tuple[Path, ...], variant: str) -> None:
    """Read FOCUS bills (CSV, gzip, Parquet) into PROJECT, so that the plan is held against them.

    Months that were read before stay; those that a bill holds are replaced.
    """
    from models.importers.bill_months import bill_delta
    from models.importers.focus import read_for
    from models.storage.project import Project

    with Project.open(project) as opened:
        chosen = opened.variant(variant) if variant else opened.variants()[0]
        document = opened.document(chosen.id)
        for bill in bills:
            found = read_for(document.design, bill)
            document.commit(bill_delta(document.design, found), f"Read the bill {found.file}")
            unknown = found.by("node").get("", 0.0)
            click.echo(
                f"Read {found.rows:,} rows of {found.months[0]} to {found.months[-1]} into “{chosen.name}”: "
                f"{found.total():,.2f} {found.currency} effective, {unknown:,.2f} of it belongs to no node."
            )


@cli.command("metrics")
@click.argument("project", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("metrics", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_variant
def read_metrics(project: Path, metrics: Path, variant: str) -> None:
    """Read measured utilization (CSV, gzip) into PROJECT, for usage and right-sizing."""
    from models.importers.metrics import metrics_delta, read_metrics_for
    from models.storage.project import Project

    with Project.open(project) as opened:
        chosen = opened.variant(variant) if variant else opened.variants()[0]
        document = opened.document(chosen.id)
        found = read_metrics_for(document.design, metrics)
        document.commit(metrics_delta(document.design, found), f"Read the metrics {found.file}")
    left = f"; {len(found.unknown)} resources belong to no node" if found.unknown else ""
    click.echo(f"Read {found.rows:,} rows over {found.hours:,.1f} hours of {len(found.nodes)} nodes{left}.")


@cli.command("benchmark")
@click.argument("project", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("result", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--node", default="", help="Id or name of the node; the one with the measured model if left out.")
@_variant
def read_benchmark_result(project: Path, result: Path, node: str, variant: str) -> None:
    """Let a benchmark (`vllm bench serve --save-result`) count instead of the model for a node of PROJECT."""
    from models.importers.benchmarks import read_benchmark, sentences, servers_of, take_benchmark
    from models.storage.project import Project

    with Project.open(project) as opened:
        chosen = opened.variant(variant) if variant else opened.variants()[0]
        document = opened.document(chosen.id)
        found, nodes = read_benchmark(result), document.design.nodes
        keys = [key for key in servers_of(document.design, found) if not node or node in (key, nodes[key].name)]
        if not keys:
            raise click.ClickException(f"“{chosen.name}” has no LLM serving{f' “{node}”' if node else ''} to measure.")
        document.commit(take_benchmark(document.design, found, keys[0]), f"Read the benchmark {result.name}")
    click.echo(f"“{nodes[keys[0]].name}”: {' '.join(sentences(found))}")


@cli.command()
@click.argument("file")
@_variant
@_month
@_prices
@click.option("--framework", "frameworks", multiple=True, help="Also let this framework answer; `all` for every one.")
@_json
def evaluate(
    file: str, variant: str, month: int, prices: Path | None, frameworks: tuple[str, ...], as_json: bool
) -> None:
    """Compute cost, load, latency, availability and carbon of FILE."""
    plan, evaluation = _evaluated(file, variant, month, prices)
    assessments = _assessed(evaluation, frameworks) if frameworks else ()
    if as_json:
        from exports.json import encode, evaluation_view

        click.echo(encode(evaluation_view(plan, evaluation, assessments)), nl=False)
        return
    from exports.text import assessment_text, evaluation_text

    click.echo("\n".join([evaluation_text(plan, evaluation), *map(assessment_text, assessments)]), nl=False)


@cli.command()
@click.argument("file")
@_variant
@_month
@_prices
@_json
def findings(file: str, variant: str, month: int, prices: Path | None, as_json: bool) -> None:
    """List what is wrong or risky in FILE; exit code 1 if any finding is an error."""
    from models.frameworks import all_findings, assess_all

    plan, evaluation = _evaluated(file, variant, month, prices)
    assessments = assess_all(evaluation)
    found = all_findings(evaluation, assessments)
    if as_json:
        from exports.json import encode, findings_view

        click.echo(encode(findings_view(plan, evaluation, assessments)), nl=False)
    else:
        from exports.text import findings_text

        click.echo(findings_text(found, evaluation), nl=False)
    if any(finding.severity == "error" for finding in found):
        sys.exit(GATE_FAILED)


@cli.command()
@click.argument("before")
@click.argument("after")
@_month
@_json
def compare(before: str, after: str, month: int, as_json: bool) -> None:
    """Show what differs between the plans BEFORE and AFTER (FILE or FILE#VARIANT)."""
    from models.variants import compare as compared

    first, first_evaluation = _evaluated(before, "", month)
    second, second_evaluation = _evaluated(after, "", month)
    found = compared(first_evaluation, second_evaluation)
    if as_json:
        from exports.json import comparison_view, encode

        view = comparison_view((first, second), (first_evaluation, second_evaluation), found)
        click.echo(encode(view), nl=False)
        return
    from exports.text import comparison_text

    click.echo(comparison_text((first, second), found), nl=False)


@cli.command()
@click.argument("file")
@click.option("-f", "--format", "form", required=True,
              type=click.Choice(["pdf", "svg", "png", "xlsx", "csv", "kubernetes", "budgets", "json", "text"]),
              help="json: the design of one variant; text: a folder of JSON for git; csv: a folder with one file a "
              "table; kubernetes: a folder with one YAML file a cluster; budgets: Terraform (*.tf.json).")  # fmt: skip
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="File (or folder) to write.")
@_variant
@_month
@_prices
@click.option("--view", default="services", show_default=True,
              type=click.Choice(["services", "data_flow", "deployment"]), help="View of the drawing.")  # fmt: skip
@click.option("--alternative", default="", help="PDF: the plan to compare with (FILE or FILE#VARIANT).")
@click.option("--studies", is_flag=True, help="Run the long computations that frameworks wait for first.")
def export(
    file: str,
    form: str,
    output: Path,
    variant: str,
    month: int,
    prices: Path | None,
    view: str,
    alternative: str,
    studies: bool,
) -> None:
    """Write FILE as a PDF plan, a drawing (SVG, PNG), figures (XLSX, CSV), Kubernetes manifests or JSON."""
    from exports.files import FIGURE_FORMS, write_drawing, write_figures, write_plan_pdf
    from models.design.design import to_text
    from models.plans import read_designs, read_plan, write_text
    from models.storage.text_form import write_text_form

    if form == "pdf":
        other = _evaluated(alternative, "", month, prices) if alternative else None
        write_plan_pdf(*_evaluated(file, variant, month, prices), output, other, date.today().isoformat(), studies)
    elif form in FIGURE_FORMS:
        write_figures(_evaluated(file, variant, month, prices)[1], form, output, studies)
    elif form == "json":
        write_text(output, to_text(read_plan(file, variant).design))
    elif form == "text":
        write_text_form(*read_designs(file), output)
    else:
        write_drawing(read_plan(file, variant).design, view, form, output)
    click.echo(f"Wrote {output}.")


@cli.command()
@click.argument("file")
@click.option("--max-monthly-cost", type=click.FloatRange(min=0), help="USD.")
@click.option("--min-availability", type=click.FloatRange(0, 100), help="Per cent (99.9) or fraction (0.999).")
@click.option("--max-p95-ms", type=click.FloatRange(min=0), help="Complete answer of the slowest journey.")
@click.option("--max-first-p95-ms", type=click.FloatRange(min=0), help="First token of the slowest journey.")
@click.option("--budgets", is_flag=True, help="The budgets of the brief and the cost panel.")
@_variant
@_month
@_prices
def check(
    file: str,
    max_monthly_cost: float | None,
    min_availability: float | None,
    max_p95_ms: float | None,
    max_first_p95_ms: float | None,
    budgets: bool,
    variant: str,
    month: int,
    prices: Path | None,
) -> None:
    """A gate for continuous integration: exit code 1 with the reason if FILE misses a limit."""
    from models.gates import failures, gates

    limits = gates(max_monthly_cost, min_availability, max_p95_ms, max_first_p95_ms)
    if not limits and not budgets:
        raise click.UsageError("Name at least one limit, for example --max-monthly-cost 30000.")
    plan, evaluation = _evaluated(file, variant, month, prices)
    missed = failures(evaluation, limits)
    if budgets:
        from models.frameworks.cost_optimization import budget_failures

        missed += budget_failures(evaluation)
    for sentence in missed:
        click.echo(sentence, err=True)
    if missed:
        sys.exit(GATE_FAILED)
    count = len(limits) + budgets
    click.echo(f"{plan.title} · {plan.variant}: {'all' if count > 1 else 'the one'} of {count} limits held.")


@cli.command()
@_prices
@_json
def catalog(prices: Path | None, as_json: bool) -> None:
    """Show how old the price list is, where it comes from and what is not known."""
    from models.catalog.catalog import load_catalog
    from models.catalog.overlay import read_price_list

    shown = load_catalog()
    if prices is not None:
        shown = shown.overlay(read_price_list(prices))
    if as_json:
        from exports.json import catalog_view, encode

        click.echo(encode(catalog_view(shown)), nl=False)
        return
    from exports.text import catalog_text

    click.echo(catalog_text(shown), nl=False)


@cli.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder to write; a temporary one if left out.")
def demo(output: Path | None) -> None:
    """Do the whole job on the built-in example: evaluate, compare two variants, write the project and the PDF."""
    from app.demo import run_demo

    run_demo(output, click.echo)


def _evaluated(file: str, variant: str, month: int, prices: Path | None = None) -> tuple[Plan, Evaluation]:
    """Return the plan and its evaluation at its own prices or with a price list over them; notices go to stderr."""
    from models.catalog.overlay import read_price_list
    from models.evaluation import evaluate as evaluated
    from models.formatting import show_money_of
    from models.plans import PlanError, bad_values, read_plan

    plan = read_plan(file, variant)
    show_money_of(plan.design.brief)
    for notice in plan.notices:
        click.echo(f"Note: {notice}", err=True)
    prices_used = plan.catalog if prices is None else plan.catalog.overlay(read_price_list(prices))
    try:
        return plan, evaluated(plan.design, prices_used, month)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        wrong = bad_values(plan.design)
        if not wrong:
            raise
        more = f" ({len(wrong) - 1} more values are wrong.)" if len(wrong) > 1 else ""
        raise PlanError(f"{file} cannot be evaluated. {wrong[0]} Correct the value.{more}") from error


def _assessed(evaluation: Evaluation, names: Sequence[str]) -> tuple[Assessment, ...]:
    from models.frameworks import assess_all, with_studies

    found = assess_all(evaluation, with_studies(evaluation))
    known = [assessment.framework for assessment in found]
    for name in names:
        if name != "all" and name not in known:
            raise click.UsageError(f"There is no framework “{name}”. There are {', '.join(known)}, and all.")
    return tuple(each for each in found if "all" in names or each.framework in names)


def _listed(names: Sequence[str]) -> str:
    return f"{len(names)} variant{'s' if len(names) > 1 else ''}: {', '.join(f'“{name}”' for name in names)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; every error becomes one sentence on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        cli.main(arguments, prog_name="groundplan", standalone_mode=False)
    except click.Abort:
        click.echo("Interrupted.", err=True)
        return 130
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f" See `{context.command_path} --help`." if context is not None else ""
        click.echo(f"groundplan: {error.format_message()}{hint}", err=True)
        return BAD_INPUT
    except BrokenPipeError:
        sys.stdout = None
        return 0
    except Exception as error:
        return _explained(error)
    return 0


_SENTENCES = {
    "models.catalog.overlay": "PriceListError",
    "models.design.elements": "DesignError",
    "models.importers.bill_files": "BillError",
    "models.importers.notes": "ImportProblem",
    "models.plans": "PlanError",
    "models.storage.errors": "StorageError",
}
"""Errors whose message is a sentence for the user. A module that is not loaded cannot have raised one."""


def _explained(error: Exception) -> int:
    """Say in one sentence what is wrong; what the program did not foresee goes to the log."""
    kinds = tuple(getattr(sys.modules[module], name) for module, name in _SENTENCES.items() if module in sys.modules)
    if isinstance(error, kinds):
        click.echo(f"groundplan: {error}", err=True)
        return BAD_INPUT
    from app.fault_log import log_fault

    click.echo(f"groundplan: {log_fault(error)}", err=True)
    return PROGRAM_FAULT


if __name__ == "__main__":
    main()
