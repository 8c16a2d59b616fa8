use std::{collections::HashSet, sync::LazyLock};

use proptest::prelude::*;

use super::*;
use crate::{
    catalogue::Catalogue,
    wire::{Category, Confidence, RoomKind},
};

fn keys<'a>(catalogue: &'a Catalogue, query: &str) -> Vec<&'a str> {
    catalogue.search(query).into_iter().map(|entry| entry.key.as_str()).collect()
}

/// Each query with the key of the room that has to come first.
const FIRST: &[(&str, &str)] = &[
    // Subjects, methods, tools and data.
    ("16S", "microbiology"),
    ("metagenomics", "microbiology"),
    ("microbiome", "microbiology"),
    ("qiime", "microbiology"),
    ("qiime2", "microbiology"),
    ("kraken", "microbiology"),
    ("phage", "microbiology"),
    ("mass spec", "mass-spectrometry"),
    ("mass spectrometry", "mass-spectrometry"),
    ("exposome", "mass-spectrometry"),
    ("metabolomics", "metabolomics"),
    ("w4m", "metabolomics"),
    ("maxquant", "proteomics"),
    ("peptides", "proteomics"),
    ("scrna", "single-cell"),
    ("scRNA-seq", "single-cell"),
    ("single cell", "single-cell"),
    ("seurat", "single-cell"),
    ("10x genomics", "single-cell"),
    ("spatial", "single-cell"),
    ("spoc", "spoc"),
    ("single cell workflows", "single-cell-workflows"),
    ("gene prediction", "genome-annotation"),
    ("apollo", "genome-annotation"),
    ("jbrowse", "genome-annotation"),
    ("outbreak", "public-health"),
    ("virology", "public-health"),
    ("covid", "sars-cov-2"),
    ("sars-cov-2", "sars-cov-2"),
    ("sarscov2", "sars-cov-2"),
    ("malaria", "brc-analytics"),
    ("microscopy", "imaging"),
    ("cell counting", "imaging"),
    ("cellprofiler", "imaging"),
    ("tumor", "cancer"),
    ("oncology", "cancer"),
    ("biodiversity", "ecology"),
    ("climate", "earth-system"),
    ("netcdf", "earth-system"),
    ("docking", "chemistry"),
    ("molecular dynamics", "chemistry"),
    ("gromacs", "chemistry"),
    ("muon", "materials"),
    ("deep learning", "machine-learning"),
    ("ml", "machine-learning"),
    ("ai", "machine-learning"),
    ("llm", "machine-learning"),
    ("text mining", "humanities"),
    ("ocr", "humanities"),
    ("provenance", "biocompute"),
    ("rna-seq", "lobby"),
    ("variant calling", "lobby"),
    ("proteins", "proteomics"),
    ("genomics", "lobby"),
    ("BLAST", "lobby"),
    ("history", "lobby"),
    ("digital history", "humanities"),
    ("metagenomic analysis", "microbiology"),
    ("amplicon sequencing", "microbiology"),
    ("proteomics tutorial", "proteomics"),
    ("lc-ms", "proteomics"),
    ("gcms", "mass-spectrometry"),
    ("antimicrobial resistance", "microbiology"),
    ("tuberculosis", "public-health"),
    ("viruses", "public-health"),
    // Roles and everything else.
    ("tool wrapper", "tools"),
    ("iuc", "iuc"),
    ("planemo", "iuc"),
    ("pull request", "dev"),
    ("api key", "bioblend"),
    ("ansible", "admins"),
    ("cvmfs", "admins"),
    ("galaxy admin", "admins"),
    ("goats", "outreach"),
    ("release guardians", "release-testing"),
    ("frontend", "ui-ux"),
    ("wg-systems", "systems"),
    ("iwc", "workflows"),
    ("workflow", "workflows"),
    ("sig", "community-board"),
    ("tutorial", "gtn"),
    ("course", "gtn"),
    ("teach a course", "gtn"),
    ("new tool", "tools"),
    ("gtn", "gtn"),
    ("mentor", "mentors"),
    ("scotland", "uk"),
    ("india", "india"),
    ("kenya", "africa"),
    ("docker", "docker"),
    ("docker compose", "docker"),
    ("kubernetes", "cloud"),
    ("k8s", "cloud"),
    ("helm chart", "cloud"),
    ("shed-tools", "ephemeris"),
    ("tiaas", "tiaas"),
    ("website", "hub"),
    ("conda recipe", "bioconda"),
    ("quota", "usegalaxy-eu"),
    ("usegalaxy.eu", "usegalaxy-eu"),
    ("announcements", "usegalaxy-eu-news"),
    // The front doors.
    ("lobby", "lobby"),
    ("help", "lobby"),
    ("I am new here", "lobby"),
    ("galaxy", "lobby"),
    ("all rooms", "space"),
    ("#galaxyproject:matrix.org", "space"),
    ("#galaxyproject_imaging:matrix.org", "imaging"),
    ("microgalaxy", "microbiology"),
    // As people write it.
    ("PROTEOMICS", "proteomics"),
    ("Protéomics", "proteomics"),
    ("ｄｏｃｋｅｒ", "docker"),
    ("  docker,  ", "docker"),
    ("how do I use galaxy with docker?", "docker"),
    ("room for ecology", "ecology"),
    ("proteomics help", "proteomics"),
    // In one word, or in two.
    ("massspec", "mass-spectrometry"),
    ("singlecell", "single-cell"),
    ("meta-genomics", "microbiology"),
    ("micro biology", "microbiology"),
    ("machinelearning", "machine-learning"),
    ("text-mining", "humanities"),
    ("bio conda", "bioconda"),
    // Not typed to the end.
    ("prot", "proteomics"),
    ("dock", "docker"),
    ("kuber", "cloud"),
    ("mass s", "mass-spectrometry"),
    ("single c", "single-cell"),
    ("metab", "metabolomics"),
    // With slips.
    ("proteomcis", "proteomics"),
    ("porteomics", "proteomics"),
    ("proteomcs", "proteomics"),
    ("protemoics", "proteomics"),
    ("dokcer", "docker"),
    ("dcoker", "docker"),
    ("docekr compse", "docker"),
    ("singel cell", "single-cell"),
    ("sinlge-cel", "single-cell"),
    ("single cells", "single-cell"),
    ("singelcell", "single-cell"),
    ("mass spectromety", "mass-spectrometry"),
    ("mas spec", "mass-spectrometry"),
    ("metagenomcis", "microbiology"),
    ("mircobiome", "microbiology"),
    ("micro boilogy", "microbiology"),
    ("covd", "sars-cov-2"),
    ("kubernets", "cloud"),
    ("kuberentes", "cloud"),
    ("anotation", "genome-annotation"),
    ("biodiverstiy", "ecology"),
    ("machin lerning", "machine-learning"),
    ("tutroial", "gtn"),
    ("tutorails", "gtn"),
    ("anisble", "admins"),
    ("microscpoy", "imaging"),
    ("cilmate", "earth-system"),
    ("metabolmics", "metabolomics"),
    ("prtoeom", "proteomics"),
    ("visum", "single-cell"),
    ("scanpi", "single-cell"),
    ("segmentaton", "imaging"),
    ("digital humanites", "humanities"),
    ("text analisis", "humanities"),
    ("coronavrius", "sars-cov-2"),
    ("singularty", "docker"),
    ("antimicrobial resistence", "microbiology"),
];

#[test]
fn what_people_type_finds_the_room_they_need() {
    let catalogue = Catalogue::bundled();
    let wrong: Vec<_> = FIRST
        .iter()
        .map(|(query, key)| (query, key, keys(&catalogue, query)))
        .filter(|(_, key, found)| found.first() != Some(*key))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_about_no_room_finds_none() {
    let catalogue = Catalogue::bundled();
    let queries = [
        "",
        " ",
        "?!",
        "#",
        "#:",
        "🎉",
        "\u{202e}\u{200d}",
        "xyzzy",
        "qwertz",
        "asdf",
        "asdfghjk",
        "blah",
        "foobar",
        "pizza",
        "football",
        "bitcoin",
        "stock",
        "shirt",
        "bread",
        "bank",
        "hgjkd fjdks",
        "lorem ipsum dolor",
        "zzzzzzzzzzzz",
        "docker xyzzy",
        "proteomics pizza",
        "the xyzzy",
        "99999",
        "19S",
        "k9s",
        "covid-91",
        // Two letters are not guessed at: “ml” and “ai” are there.
        "xl",
        "lm",
        "qx",
        "ia",
        "zz",
    ];
    let answers = queries.iter().map(|query| (query, keys(&catalogue, query)));
    let found: Vec<_> = answers.filter(|(_, found)| !found.is_empty()).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn all_rooms_that_fit_are_found_and_no_others() {
    let catalogue = Catalogue::bundled();
    for (query, wanted) in [
        ("single-cell", ["single-cell", "spoc", "single-cell-workflows"].as_slice()),
        ("covid", &["sars-cov-2"]),
        ("docker", &["docker", "biocontainers"]),
        ("exposomics", &["mass-spectrometry"]),
        ("proteomics", &["proteomics"]),
        // A slip finds what the right word finds.
        ("dokcer", &["docker", "biocontainers"]),
        ("protoemics", &["proteomics"]),
    ] {
        assert_eq!(keys(&catalogue, query), wanted, "{query}");
    }
}

#[test]
fn every_room_is_found_by_its_name_its_address_and_its_words() {
    let catalogue = Catalogue::bundled();
    for entry in catalogue.entries() {
        for query in [&entry.name, &entry.alias, &entry.name.to_uppercase()] {
            assert_eq!(keys(&catalogue, query).first(), Some(&entry.key.as_str()), "{query}");
        }
        for word in &entry.words {
            assert!(keys(&catalogue, word).contains(&entry.key.as_str()), "{word}: {}", entry.key);
        }
    }
}

/// While a word is typed, the room that it leads to is there from the third letter on.
#[test]
fn rooms_are_there_while_the_word_is_typed() {
    let catalogue = Catalogue::bundled();
    for entry in catalogue.entries() {
        for end in 3..=entry.name.len() {
            let found = keys(&catalogue, &entry.name[..end]);
            assert!(found.contains(&entry.key.as_str()), "{}: {found:?}", &entry.name[..end]);
        }
    }
}

/// One slip anywhere in a long word changes nothing about the room it finds first.
#[test]
fn a_slip_is_forgiven_wherever_it_is() {
    let catalogue = Catalogue::bundled();
    for word in
        ["metabolomics", "proteomics", "kubernetes", "annotation", "microscopy", "biodiversity"]
    {
        let right = keys(&catalogue, word)[0];
        let letters: Vec<_> = word.chars().collect();
        for at in 0..letters.len() - 1 {
            let (mut missing, mut twice, mut swapped) =
                (letters.clone(), letters.clone(), letters.clone());
            missing.remove(at);
            twice.insert(at, letters[at]);
            swapped.swap(at, at + 1);
            for slip in [missing, twice, swapped] {
                let slip = String::from_iter(slip);
                assert_eq!(keys(&catalogue, &slip).first(), Some(&right), "{slip}");
            }
        }
    }
}

fn room(name: String, words: Vec<String>) -> CatalogueEntry {
    CatalogueEntry {
        key: name.clone(),
        alias: "#room:example.org".to_owned(),
        name,
        purpose: "For talking.".to_owned(),
        category: Category::Subject,
        audience: String::new(),
        language: "en".to_owned(),
        kind: RoomKind::Room,
        id: None,
        via: Vec::new(),
        confidence: Confidence::High,
        suggested: false,
        words,
        live: None,
    }
}

proptest! {
    #[test]
    fn any_query_is_answered(query in "\\PC{0,80}", words in "[a-zé#:. -]{0,250}") {
        static INDEX: LazyLock<Index> = LazyLock::new(|| Index::new(Catalogue::bundled().entries()));
        for query in [query, words] {
            let found = INDEX.find(&query);
            let rooms: HashSet<_> = found.iter().collect();
            prop_assert!(rooms.len() == found.len());
        }
    }

    /// Even where rooms are called by the words of others.
    #[test]
    fn the_exact_name_comes_first(
        names in proptest::collection::hash_set("[A-Da-dÄé0-2]{1,3}( [a-c2-]{1,4}| the| galaxy){0,9}", 2..12),
        words in proptest::collection::vec("[a-d]{1,4}( [a-d]{1,4})?", 0..6),
    ) {
        let mut seen = HashSet::new();
        let rooms = names.into_iter().filter(|name| seen.insert(words_of(name)));
        let rooms: Vec<_> = rooms.map(|name| room(name, words.clone())).collect();
        let index = Index::new(&rooms);
        for (place, room) in rooms.iter().enumerate() {
            let first = index.find(&room.name).first().copied();
            prop_assert_eq!(first, Some(place), "{}", &room.name);
        }
    }
}
