"""A small world beside which tables are imported: the real model over a few cities."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from citydiplomacy import paths

_FIELDS = ("name", "country", "iso2", "lat", "lon", "wikidata")
HEADER = tuple(f"{side}_{field}" for side in "ab" for field in _FIELDS)

_PREFIXES = """
PREFIX agreement: <https://w3id.org/citydiplomacy/agreement/>
PREFIX cd: <https://w3id.org/citydiplomacy/ontology#>
PREFIX city: <https://w3id.org/citydiplomacy/city/>
PREFIX country: <https://w3id.org/citydiplomacy/country/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX region: <https://w3id.org/citydiplomacy/region/>
PREFIX schema: <https://schema.org/>
PREFIX source: <https://w3id.org/citydiplomacy/source/>
PREFIX source-kind: <https://w3id.org/citydiplomacy/vocab/source-kind#>
PREFIX status: <https://w3id.org/citydiplomacy/vocab/agreement-status#>
"""
_DATA = {
    "country/northland": 'a cd:Country ; rdfs:label "Northland"@en ; cd:isoCode "NL"',
    "country/southland": 'a cd:Country ; rdfs:label "Southland"@en',
    "region/heath": 'a cd:SubnationalUnit ; rdfs:label "Heath"@en ; cd:inCountry country:northland',
    "city/birch": 'a cd:City ; rdfs:label "Birch"@en ; cd:inCountry country:northland ;'
    ' cd:wikidataId "Q11" ; schema:sameAs <http://www.wikidata.org/entity/Q11> ;'
    " geo:lat 10.5 ; geo:long 10.5",
    "city/oak": 'a cd:City ; rdfs:label "Oak"@en ; cd:inCountry country:southland ;'
    " geo:lat -20.5 ; geo:long 20.5",
    "agreement/birch--oak": 'a cd:SisterCityAgreement ; rdfs:label "Birch and Oak"@en ;'
    " cd:hasParty city:birch , city:oak ; cd:status status:listed",
}
_DATASET = '<https://w3id.org/citydiplomacy/dataset> dcterms:title "A small world"@en'


def world(root: Path) -> Path:
    """Return a root with the real ontology, shapes and queries, and the data of a small world."""
    for part in ("ontology", "shapes", "queries"):
        (root / part).symlink_to(paths.root() / part)
    for name, statements in _DATA.items():
        _write(root, name, f"<https://w3id.org/citydiplomacy/{name}> {statements} .\n")
    _write(root, "dataset", f"{_DATASET} .\n")
    return root


def table(file: Path, rows: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> Path:
    """Return a file that has the rows below a header."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return file


def _write(root: Path, name: str, statements: str) -> None:
    file = root / "data" / f"{name}.ttl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_PREFIXES + statements, "utf-8")
