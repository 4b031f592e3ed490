"""The quote builder's form as it was sent: texts, taken apart by field name, nothing decided.

Field names are flat: `plan`, `term`, `quantity_<code>`, `app_<code>` (units), `setup` (a checkbox),
`setup_value`, `total`, `line_<line code>`, `repasse_goal`, `payment_method`, `installments`; and, unseen,
`customer_id`, `price_list_id`, `shown` (see `builder_snapshot.py`), `creation_key`, `lock_version`. Buttons
send `action` or `remove` (an app's code).
"""

from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from calculator import Selection
from portal.quotes.forms.builder_snapshot import PriceSnapshot
from portal.shared.brazil import format_money_input
from portal.shared.cleaning import cleaned
from portal.shared.db import as_key
from portal.shared.refusals import Refusal

MAX_FIELDS = 150
MAX_LENGTH = 5_000

QUANTITY, APP, LINE = "quantity_", "app_", "line_"


class MalformedForm(Refusal):
    """Not a form of the builder: too many fields, one of them twice, or a text without end."""


@dataclass(frozen=True, slots=True)
class BuilderInput:
    """What was typed. `snapshot` is what the page showed when it was typed, None when no page did."""

    texts: dict[str, str]
    quantities: dict[str, str] = field(default_factory=dict)
    apps: dict[str, str] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    snapshot: PriceSnapshot | None = None

    def text(self, name: str) -> str:
        """What stands in a field, without the spaces around it; empty when it was not sent."""
        return self.texts.get(name, "")

    def number(self, name: str) -> int:
        """A whole number that no person typed (an id, a version); 0 for anything else."""
        return as_key(self.text(name))

    @classmethod
    def empty(cls, plan: str) -> "BuilderInput":
        """A new form: nothing chosen but the plan."""
        return cls({"plan": plan, "term": "monthly", "payment_method": "boleto"})

    @classmethod
    def from_form(cls, form: "MultiDict[str, str]") -> "BuilderInput":
        """Take a form apart.

        Raises:
            MalformedForm: what no page of ours sends.
        """
        if len(form) > MAX_FIELDS:
            raise MalformedForm("Este formulário tem campos demais. Recarregue a página e tente de novo.")
        texts: dict[str, str] = {}
        typed = cls(texts)
        for name, values in form.lists():
            if len(values) > 1 or len(values[0]) > MAX_LENGTH:
                raise MalformedForm("Um campo chegou repetido ou longo demais. Recarregue a página.")
            texts[name] = text = cleaned(values[0])
            if name.startswith(LINE):
                typed.lines[name[len(LINE) :]] = text
            elif name.startswith(APP):
                typed.apps[name[len(APP) :]] = text
            elif name.startswith(QUANTITY):
                typed.quantities[name[len(QUANTITY) :]] = text
        typed.apps.pop(texts.get("remove", ""), None)
        return cls(
            texts, typed.quantities, typed.apps, typed.lines, PriceSnapshot.read(texts.get("shown", ""))
        )

    @classmethod
    def from_selection(cls, selection: Selection) -> "BuilderInput":
        """As if this selection had been typed into an empty form."""
        texts = {
            "plan": selection.plan,
            "term": selection.term,
            "payment_method": selection.payment_method,
            "installments": str(selection.installments),
            "setup": "1" if selection.setup else "",
        }
        if selection.negotiated_total is not None:
            texts["total"] = format_money_input(selection.negotiated_total)
        if selection.negotiated_setup is not None:
            texts["setup_value"] = format_money_input(selection.negotiated_setup)
        return cls(
            texts,
            {code: str(count) for code, count in selection.quantities.items()},
            {code: str(units) for code, units in selection.apps.items()},
            {code: format_money_input(cents) for code, cents in (selection.negotiated_lines or {}).items()},
        )
