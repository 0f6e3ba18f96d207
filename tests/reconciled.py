"""A world to be matched with: two cities of one name in two countries, and a few others."""

import pyoxigraph as ox

from citydiplomacy.namespaces import BASE, CD, PREFIXES

_WORLD = f"""
PREFIX cd: <{CD}>
PREFIX rdfs: <{PREFIXES["rdfs"]}>
PREFIX skos: <{PREFIXES["skos"]}>
PREFIX org: <{PREFIXES["org"]}>
PREFIX geo: <{PREFIXES["geo"]}>
PREFIX city: <{BASE}city/>
PREFIX country: <{BASE}country/>
PREFIX network: <{BASE}network/>
PREFIX agreement: <{BASE}agreement/>
PREFIX membership: <{BASE}membership/>

cd:City cd:kind "city" ; rdfs:label "city"@en ; skos:definition "A place with a government."@en .
cd:Country cd:kind "country" ; rdfs:label "country"@en .
cd:CityNetwork cd:kind "network" ; rdfs:label "network of cities"@en .
cd:Agreement cd:kind "agreement" ; rdfs:label "agreement"@en .
cd:SisterCityAgreement rdfs:subClassOf cd:Agreement ; rdfs:label "sister-city agreement"@en .
cd:NetworkMembership cd:kind "membership" ; rdfs:label "membership"@en .

country:northland a cd:Country ; rdfs:label "Northland"@en ; cd:wikidataId "Q901" ;
    cd:isoCode "NL" .
country:southland a cd:Country ; rdfs:label "Southland"@en , "Sydland"@da ; cd:wikidataId "Q902" .

city:birch-northland a cd:City ; rdfs:label "Birch"@en ; cd:inCountry country:northland ;
    geo:lat 60.0 ; geo:long 10.0 ; cd:wikidataId "Q11" ; cd:geonamesId "1001" .
city:birch-southland a cd:City ; rdfs:label "Birch"@en ; cd:inCountry country:southland ;
    geo:lat -40.0 ; geo:long 20.0 ; cd:wikidataId "Q12" .
city:odell a cd:City ; rdfs:label "Odell"@en , "オデル市"@ja ; cd:inCountry country:northland ;
    geo:lat 61.0 ; geo:long 11.0 ; cd:wikidataId "Q13" ; cd:tieCount 3 .
city:longchester a cd:City ; rdfs:label "Longchester"@en ; cd:inCountry country:northland ;
    geo:lat 62.0 ; geo:long 12.0 .

agreement:birch-southland--odell a cd:Agreement , cd:SisterCityAgreement ;
    rdfs:label "Sister cities Birch and Odell"@en ; cd:startDate "1961-05-02" ;
    cd:hasParty city:birch-southland , city:odell .
city:nameless a cd:City ; rdfs:label "***"@en ; cd:inCountry country:northland .

network:trees a cd:CityNetwork ; rdfs:label "League of Trees"@en .
membership:odell--trees a cd:NetworkMembership ; rdfs:label "Odell in the League of Trees"@en ;
    org:member city:odell ; org:organization network:trees .
"""


def nquads() -> bytes:
    """Return the world as a service reads it."""
    written = ox.serialize(ox.parse(_WORLD, ox.RdfFormat.TURTLE), format=ox.RdfFormat.N_QUADS)
    assert written
    return written
