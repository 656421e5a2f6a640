"""Cloud selection: which cloud runs this drawing best, where, why, and how to leave it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.evaluation.result import Evaluation
from models.frameworks.cloud_selection.answer import answer, pending, reasons, turns
from models.frameworks.cloud_selection.candidates import Candidate, alternatives, candidates
from models.frameworks.cloud_selection.choice import Choice, choose
from models.frameworks.cloud_selection.cost_panel import cost_blocks
from models.frameworks.cloud_selection.inputs import ID, INPUTS, kept_nodes, number, setting, weights
from models.frameworks.cloud_selection.leaving import Exit, Step, exit_plan, exit_timeline, read_exit
from models.frameworks.cloud_selection.panel import exit_blocks, fields, head_figures, requirement_blocks
from models.frameworks.cloud_selection.ranking_panel import ranking_blocks
from models.frameworks.cloud_selection.requirements import Requirements, read_requirements
from models.frameworks.cloud_selection.rules import find, remedy_for
from models.frameworks.cloud_selection.several import several_blocks, several_proposal, several_settings
from models.moves.re_place import movable
from models.report import Assessment, Block, Finding, Findings, InputField, Message, Sentence
from models.studies.multi_cloud import MultiCloudPlan, MultiCloudQuestion
from models.studies.provider_costs import ProviderComparison, ProviderQuestion, name_of
from models.words import Text, counted

TITLE = Text("Cloud selection")
STALE = Message("The drawing changed since the providers were costed; they are being costed again.")

__all__ = ["ID", "INPUTS", "TITLE", "assess", "missing_study"]


def assess(evaluation: Evaluation, studies: Sequence[object] = ()) -> Assessment:
    """Return which cloud suits the drawing, from what is known: the ranking waits for a `ProviderComparison`."""
    requirements = read_requirements(evaluation)
    if not requirements.nodes:
        empty = Message("Nothing is drawn that a cloud could run. Draw a service, and the providers are compared.")
        return Assessment(ID, Message.of(TITLE), empty, ())
    keep = kept_nodes(evaluation.design)
    made = [study for study in studies if isinstance(study, ProviderComparison)]
    fitting = next((study for study in reversed(made) if study.fits(evaluation, keep)), None)
    comparison = fitting or (made[-1] if made else None)
    leaving = read_exit(evaluation, requirements, keep)
    if comparison is None:
        return _waiting(evaluation, requirements, leaving)
    found = candidates(evaluation, comparison, requirements, leaving)
    known = alternatives(evaluation, requirements, found)
    choice = choose(known, weights(evaluation.design), _comparisons(evaluation)) if known else None
    plans = [study for study in studies if isinstance(study, MultiCloudPlan)]
    several = next((plan for plan in reversed(plans) if plan.fits(evaluation, several_settings(evaluation))), None)
    return _finished(evaluation, requirements, leaving, found, choice, several, stale=fitting is None)


def missing_study(
    evaluation: Evaluation, studies: Sequence[object] = ()
) -> ProviderQuestion | MultiCloudQuestion | None:
    """Return the next question that is to be answered for a full assessment; None if all answers are in `studies`.

    Called, it evaluates the drawing on every provider, or places it over several; a second or two each.
    """
    keep = kept_nodes(evaluation.design)
    if not movable(evaluation.design):
        return None
    if not any(isinstance(study, ProviderComparison) and study.fits(evaluation, keep) for study in studies):
        return ProviderQuestion.of(evaluation, keep)
    settings = several_settings(evaluation)
    if not any(isinstance(study, MultiCloudPlan) and study.fits(evaluation, settings) for study in studies):
        return MultiCloudQuestion.of(evaluation, settings)
    return None


def _comparisons(evaluation: Evaluation) -> tuple[float, float, float]:
    pairs = ("technical-cost", "technical-risk", "cost-risk")
    first, second, third = (number(evaluation.design, f"compare/{pair}") for pair in pairs)
    return first, second, third


def _drawn_at(evaluation: Evaluation, requirements: Requirements) -> str:
    used = set(requirements.nodes.values())
    names = [name_of(evaluation.catalog, name) for name in evaluation.catalog.providers if name in used]
    return " + ".join(names) or Text("An unknown place")


def _required(evaluation: Evaluation) -> list[Block]:
    residency = InputField("brief", "params.residency", Message("Residency"))
    return [residency, *fields("exclude", "require", "keep", "running")]


def _waiting(evaluation: Evaluation, requirements: Requirements, leaving: Exit) -> Assessment:
    findings = find(evaluation, requirements, leaving, (), None)

    def blocks() -> Iterator[Block]:
        steps = exit_plan(evaluation, leaving, None)
        yield head_figures(leaving, steps, (), None)
        yield from _required(evaluation)
        yield Findings(findings)
        yield from requirement_blocks(evaluation, requirements)
        words = Text("Cost and ranking: pending. Each provider is evaluated with the whole drawing.")
        yield Sentence(Message.of(words), "muted")
        yield from _leaving_blocks(evaluation, leaving, steps, None)

    said = pending(_drawn_at(evaluation, requirements))
    return Assessment(ID, Message.of(TITLE), said, blocks, findings)


def _finished(
    evaluation: Evaluation,
    requirements: Requirements,
    leaving: Exit,
    found: tuple[Candidate, ...],
    choice: Choice | None,
    several: MultiCloudPlan | None,
    stale: bool,
) -> Assessment:
    findings = find(evaluation, requirements, leaving, found, choice)
    turned = turns(evaluation, choice, found) if choice is not None else ()

    def blocks() -> Iterator[Block]:
        target = _target(evaluation, found, choice)
        left = read_exit(evaluation, requirements, kept_nodes(evaluation.design), _place_to(target))
        steps = exit_plan(evaluation, left, _place_to(target))
        yield head_figures(left, steps, found, choice)
        if stale:
            yield Sentence(STALE, "warning")
        yield from _required(evaluation)
        yield Findings(findings)
        if choice is not None:
            yield from ranking_blocks(evaluation, choice, turned)
        yield from cost_blocks(evaluation, found)
        yield from fields("build/managed_days", "build/self_run_days")
        yield from several_blocks(evaluation, several)
        yield Findings((*_proposals(found), *several_proposal(evaluation, several)))
        yield from fields(*(f"shock/{each.plan.provider}" for each in found if f"shock/{each.plan.provider}" in INPUTS))
        yield from requirement_blocks(evaluation, requirements)
        yield from _leaving_blocks(evaluation, left, steps, target)

    if choice is None:
        said = Message("No provider can run the drawing. {reasons}", {"reasons": reasons(found)})
    else:
        said = answer(evaluation, choice, found)
    return Assessment(ID, Message.of(TITLE), said, blocks, findings)


def _proposals(found: tuple[Candidate, ...]) -> tuple[Finding, ...]:
    """Return one card per provider that could run the drawing, whose remedy re-places it there."""
    cards = []
    for each in found:
        if each.out or each.drawn:
            continue
        title = Message("The drawing on {name}", {"name": each.label})
        changes = len(each.plan.notes)
        why = Message(
            "Equivalent services, machines of the same size, {changes}. Preview shows what changes.",
            {
                "changes": counted("{count} exchange", "{count} exchanges", changes)
                if changes
                else Text("nothing exchanged")
            },
        )
        cards.append(Finding("re_place", "note", title, why, (), (), remedy_for(each)))
    return tuple(cards)


def _place_to(target: Candidate | None) -> tuple[str, str] | None:
    """Return provider and region to leave for; None while none is known."""
    if target is None or not target.plan.regions:
        return None
    provider, _, region = target.plan.regions[0][1].partition("/")
    return provider, region


def _leaving_blocks(
    evaluation: Evaluation, leaving: Exit, steps: tuple[Step, ...], target: Candidate | None
) -> list[Block]:
    name = target.plan.name if target is not None else Text("another provider")
    return [*exit_blocks(evaluation, leaving, steps), exit_timeline(evaluation, steps, leaving, name)]


def _target(evaluation: Evaluation, found: tuple[Candidate, ...], choice: Choice | None) -> Candidate | None:
    """Return the provider to leave for: as set, else the best that is not the drawn place."""
    by_id = {each.plan.provider: each for each in found}
    wished = str(setting(evaluation.design, "exit/target") or "")
    if wished in by_id:
        return by_id[wished]
    ordered = [by_id[choice.alternatives[index].id] for index in choice.order] if choice is not None else []
    return next((each for each in ordered if not each.drawn), None)
