//! `galaxy-chat check`: the health of the list of rooms, for those who look after them.

use std::{
    io::{self, Read as _, Write},
    path::PathBuf,
    process::ExitCode,
};

use galaxy_chat_core::{
    check::{Asker, CheckConfig, Finding, Health, Question, Report, RoomReport, Token, check},
    vault::Keyring,
    wire::JoinRule,
};
use lexopt::prelude::*;
use serde::Serialize;

use super::{
    arguments::{Request, profile, text},
    console, log, runtime,
};

const HELP: &str = "\
Compares the list of Galaxy's rooms with a live server

Usage: galaxy-chat check [OPTIONS]

It finds addresses that lead nowhere, rooms that have moved, rooms that a newcomer cannot just join,
rooms missing from Galaxy's Space or from the list, rooms without a topic, and encrypted ones.

It asks with the token that it reads, else with the saved sign-in of Galaxy Chat, which must not be
running then. Where there is neither, or --server is given without a token, it asks as somebody who
is not signed in; then it cannot see the Space, nor which rooms have moved.

Options:
  --server NAME      the server to ask [that of the saved sign-in, else matrix.org]
  --token-stdin      read an access token for the server that --server names from standard input
  --catalogue FILE   a list of rooms in place of the bundled one
  --json             print JSON instead of a table
  --profile DIR      the folder with the saved sign-in
  --log FILTER       what to log to standard error, such as `info` [our own warnings]
  -h, --help         print this and exit

Exit status: 0 nothing is wrong, 1 something is, 2 it could not be checked";

/// Must not be longer than any token is.
const LONGEST_TOKEN: u64 = 16 * 1024;

/// The name of the app's folder among those of other apps, as `tauri.conf.json` has it.
const IDENTIFIER: &str = "org.galaxyproject.chat";

/// It could not be checked.
const NOT_CHECKED: u8 = 2;

/// The command line after `check`.
#[derive(Default)]
pub struct Arguments {
    server: Option<String>,
    catalogue: Option<PathBuf>,
    profile: Option<PathBuf>,
    log: Option<String>,
    json: bool,
    token_stdin: bool,
}

/// Reads what comes after `check`.
pub fn parse(mut parser: lexopt::Parser) -> Result<Request, lexopt::Error> {
    let mut arguments = Arguments::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("server") => arguments.server = Some(text(parser.value()?)?),
            Long("catalogue") => arguments.catalogue = Some(parser.value()?.into()),
            Long("profile") => arguments.profile = Some(profile(parser.value()?)?),
            Long("log") => arguments.log = Some(text(parser.value()?)?),
            Long("json") => arguments.json = true,
            Long("token-stdin") => arguments.token_stdin = true,
            Short('h') | Long("help") => return Ok(Request::Print(HELP.to_owned())),
            other => return Err(other.unexpected()),
        }
    }
    // A token is for one server, and no other may see it.
    if arguments.token_stdin && arguments.server.is_none() {
        return Err("--token-stdin needs --server".into());
    }
    Ok(Request::Check(arguments))
}

/// Checks, prints what was found, and says how it went.
pub fn run(arguments: Arguments) -> ExitCode {
    console::attach();
    log::start(arguments.log.as_deref());
    match checked(arguments) {
        Ok(health) => ExitCode::from(match health {
            Health::Healthy => 0,
            Health::Findings => 1,
            Health::Incomplete => NOT_CHECKED,
        }),
        Err(problem) => {
            eprintln!("galaxy-chat: {problem}.");
            ExitCode::from(NOT_CHECKED)
        }
    }
}

fn checked(arguments: Arguments) -> Result<Health, Box<dyn std::error::Error>> {
    let asker = match arguments.server {
        Some(server) if arguments.token_stdin => Asker::Token(server, read_token()?),
        Some(server) => Asker::Nobody(server),
        None => Asker::Saved,
    };
    let usual = || dirs::data_local_dir().map(|folder| folder.join(IDENTIFIER));
    let profile_folder =
        arguments.profile.or_else(usual).ok_or("there is no folder for profiles")?;
    let config = CheckConfig {
        asker,
        profile_folder,
        catalogue_file: arguments.catalogue,
        keyring: Keyring::system(),
    };
    // The keyring may hold its thread; nothing waits for that.
    let runtime = runtime()?;
    let report = runtime.block_on(check(config));
    runtime.shutdown_background();
    let report = report?;
    let printed =
        if arguments.json { print_json(&report) } else { print_table(&report, &mut io::stdout()) };
    match printed {
        // Whoever reads has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(report.health()),
    }
}

fn read_token() -> Result<Token, Box<dyn std::error::Error>> {
    let mut token = Token::default();
    io::stdin().take(LONGEST_TOKEN).read_to_string(&mut token)?;
    let line = Token::new(token.trim().to_owned());
    if line.is_empty() || line.contains(char::is_whitespace) {
        return Err("standard input holds no access token".into());
    }
    Ok(line)
}

fn print_json(report: &Report) -> io::Result<()> {
    #[derive(Serialize)]
    struct Whole<'a> {
        health: Health,
        #[serde(flatten)]
        report: &'a Report,
    }
    let whole = Whole { health: report.health(), report };
    writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&whole)?)
}

/// A line for each room, and what it all comes to.
fn print_table(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let who = report.user_id.as_deref().unwrap_or("somebody who is not signed in");
    writeln!(out, "Galaxy's rooms as {} shows them to {who}\n", report.server)?;
    let address =
        |room: &RoomReport| room.alias.clone().or_else(|| room.room_id.clone()).unwrap_or_default();
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let names = width(&mut report.rooms.iter().map(|room| room.name.chars().count()));
    let addresses = width(&mut report.rooms.iter().map(|room| address(room).chars().count()));
    for room in &report.rooms {
        let mark = if room.findings.is_empty() { ' ' } else { '!' };
        writeln!(
            out,
            "{mark} {:names$}  {:addresses$}  {}",
            room.name,
            address(room),
            found(room, report)
        )?;
    }
    let wrong = report.rooms.iter().filter(|room| !room.findings.is_empty()).count();
    let all = report.rooms.len();
    match report.health() {
        Health::Healthy => writeln!(out, "\nNothing is wrong with any of {all} rooms."),
        Health::Findings => writeln!(out, "\nSomething is wrong with {wrong} of {all} rooms."),
        Health::Incomplete => writeln!(out, "\nThe server did not answer every question."),
    }?;
    if report.rooms.iter().any(|room| !room.unknown.is_empty()) {
        writeln!(out, "What is unknown, the server does not tell {who}.")?;
    }
    Ok(())
}

fn found(room: &RoomReport, report: &Report) -> String {
    let findings = room.findings.iter().map(|finding| sentence(finding, report));
    let unknown = room.unknown.iter().map(|question| format!("unknown: {}", matter(*question)));
    let unanswered =
        room.unanswered.iter().map(|question| format!("not answered: {}", matter(*question)));
    let all: Vec<_> = findings.chain(unanswered).chain(unknown).collect();
    if all.is_empty() { "ok".to_owned() } else { all.join("; ") }
}

fn sentence(finding: &Finding, report: &Report) -> String {
    match finding {
        Finding::DeadAlias => "no room has this address".to_owned(),
        Finding::Moved { to: None } => "it has moved, and does not say where to".to_owned(),
        Finding::Moved { to: Some(to) } => {
            let known = report.rooms.iter().find(|room| room.room_id.as_ref() == Some(to));
            let to = known.and_then(|room| room.alias.as_ref()).unwrap_or(to);
            format!("it has moved to {to}")
        }
        Finding::WrongJoinRule { rule } => match rule {
            JoinRule::Invite => "people need an invitation".to_owned(),
            JoinRule::Knock | JoinRule::KnockRestricted => {
                "people have to ask to be let in".to_owned()
            }
            JoinRule::Restricted => "only people of another room come in".to_owned(),
            JoinRule::Public | JoinRule::Unknown => "its join rule is not known".to_owned(),
        },
        Finding::NotVisible => "it is by invitation, or no server in it answers".to_owned(),
        Finding::NotInSpace => "the Space does not list it".to_owned(),
        Finding::NotInCatalogue => "the list of rooms lacks it".to_owned(),
        Finding::NoTopic => "it has no topic".to_owned(),
        Finding::Encrypted => "it is encrypted".to_owned(),
    }
}

fn matter(question: Question) -> &'static str {
    match question {
        Question::Alias => "where its address leads",
        Question::Summary => "who may join, topic, encryption",
        Question::Tombstone => "whether it has moved",
        Question::Space => "whether the Space lists it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Request, lexopt::Error> {
        super::parse(lexopt::Parser::from_args(arguments.iter().copied()))
    }

    #[test]
    fn options_are_read() {
        let Ok(Request::Check(arguments)) =
            parse(&["--json", "--server", "example.org", "--token-stdin", "--catalogue=c"])
        else {
            panic!("checks")
        };
        assert!(arguments.json && arguments.token_stdin);
        assert_eq!(arguments.server.as_deref(), Some("example.org"));
        assert_eq!(arguments.catalogue, Some("c".into()));
        assert!(matches!(parse(&["--help"]), Ok(Request::Print(_))));
    }

    /// What stands in an argument can be read by everybody on the computer.
    #[test]
    fn a_token_is_no_argument() {
        for wrong in [
            &["--token", "t"][..],
            &["--token-stdin=t"],
            &["--token-stdin", "t"],
            &["--token-stdin"],
            &["t"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_folder_is_the_app_s() {
        let config = include_str!("../../tauri.conf.json");
        let config: serde_json::Value = serde_json::from_str(config).expect("valid");
        assert_eq!(config["identifier"], IDENTIFIER);
    }

    #[test]
    fn the_table_has_a_line_for_each_room() {
        let room = |name: &str, findings| RoomReport {
            name: name.to_owned(),
            alias: Some(format!("#{name}:example.org")),
            room_id: Some(format!("!{name}:example.org")),
            findings,
            ..RoomReport::default()
        };
        let moved = Finding::Moved { to: Some("!lobby:example.org".to_owned()) };
        let mut unsure = room("unsure", Vec::new());
        unsure.unknown = vec![Question::Space];
        let rooms =
            vec![room("lobby", Vec::new()), room("old", vec![moved, Finding::NoTopic]), unsure];
        let report = Report { server: "example.org".to_owned(), user_id: None, rooms };
        let mut table = Vec::new();
        print_table(&report, &mut table).expect("printed");
        let table = String::from_utf8(table).expect("text");
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(
            lines[2..5],
            [
                "  lobby   #lobby:example.org   ok",
                "! old     #old:example.org     it has moved to #lobby:example.org; it has no topic",
                "  unsure  #unsure:example.org  unknown: whether the Space lists it",
            ]
        );
        assert!(table.contains("Something is wrong with 1 of 3 rooms."), "{table}");
    }
}
