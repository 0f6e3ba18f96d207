"""What entities of ours have to tell: the values of properties, for those who matched them."""

from collections.abc import Mapping

from citydiplomacy.reconciliation.properties import PropertyValue
from citydiplomacy.reconciliation.protocol import Extension
from citydiplomacy.reconciliation.register import Register

Row = Mapping[str, tuple[PropertyValue, ...]]
"""The values of one entity, by property."""


def rows(register: Register, asked: Extension) -> dict[str, Row]:
    """Return a row for each id in its order; of an id that is none of ours, it is empty."""
    records = {each: register.record(each) for each in asked.ids}
    iris = [record.entity.iri for record in records.values() if record]
    found = {each.property_id: register.extended(each.property_id, iris) for each in asked.wanted}
    return {
        each: {
            wanted.property_id: _of(found[wanted.property_id], record.entity.iri if record else "")
            for wanted in asked.wanted
        }
        for each, record in records.items()
    }


def _of(values: Mapping[str, tuple[PropertyValue, ...]], iri: str) -> tuple[PropertyValue, ...]:
    return values.get(iri, ())
