"""Whom a ticket is for: the company, contact and contract that Autotask takes for the caller's.

What it would refuse (somebody inactive, a contact of another company) is left out: the call has its
ticket, and the text says who called.
"""

from dataclasses import dataclass

from callcenter.desks.autotask.api import Api
from callcenter.desks.autotask.query import Condition, both, either, where
from callcenter.desks.autotask.shapes import Company, Named
from callcenter.desks.desk import Draft, RejectedError

CONTRACT_ACTIVE = 1
"""Of the system's own values, the same in every company."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """``default`` is the id of the company of calls from nobody known: 0 is the company's own."""

    api: Api
    default: int

    async def of(self, draft: Draft) -> dict[str, int]:
        """Fields of the ticket. Raises DeskError."""
        company = await self._company(draft)
        if company is None:
            return {"companyID": self.default}
        found = {
            "companyID": company,
            "contactID": await self._contact(company, draft),
            "contractID": await self._contract(company, draft),
        }
        return {name: value for name, value in found.items() if value is not None}

    async def check(self) -> str:
        """The name of the default company. Raises DeskError."""
        company = await self.api.item(f"Companies/{self.default}", Company)
        if company is None or not company.isActive:
            raise RejectedError(
                f"Autotask has no active company with the id {self.default}: write one into "
                "company_id, for calls from nobody known (0 is your own)"
            )
        return company.companyName

    async def _company(self, draft: Draft) -> int | None:
        by = _identity(draft.desk_company) or _named("companyName", draft.company)
        return await self._only("Companies", by, where("isActive", value=True))

    async def _contact(self, company: int, draft: Draft) -> int | None:
        by = (
            _identity(draft.desk_contact)
            or _named("emailAddress", draft.contact_email)
            or _person(draft.contact)
        )
        # isActive is a number of contacts, and of no other entity.
        return await self._only("Contacts", by, where("companyID", company), where("isActive", 1))

    async def _contract(self, company: int, draft: Draft) -> int | None:
        by = _identity(draft.desk_contract) or _named("contractName", draft.contract)
        is_active = where("status", CONTRACT_ACTIVE)
        return await self._only("Contracts", by, where("companyID", company), is_active)

    async def _only(self, entity: str, by: Condition | None, *conditions: Condition) -> int | None:
        """The one that there is; of several, none is guessed."""
        found = await self.api.query(entity, Named, by, *conditions) if by else []
        return found[0].id if len(found) == 1 else None


def _identity(text: str | None) -> Condition | None:
    return where("id", int(text)) if text and text.isascii() and text.isdecimal() else None


def _named(field: str, name: str | None) -> Condition | None:
    return where(field, name) if name else None


def _person(name: str | None) -> Condition | None:
    """Whose first and last name are these words, wherever the one ends and the other begins."""
    words = (name or "").split()
    ways = [
        both(where("firstName", " ".join(words[:end])), where("lastName", " ".join(words[end:])))
        for end in range(1, len(words))
    ]
    return either(*ways) if ways else None
