use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use galaxy_chat_core::vault::is_other_folder;
use lexopt::prelude::*;

use super::check;

/// What links begin with that the system may hand over.
const SCHEMES: [&str; 2] = ["galaxy-chat:", "matrix:"];

const HELP: &str = "\
Galaxy Chat: from \"ask on Matrix\" to an answered message

Usage: galaxy-chat [OPTIONS] [LINK]
       galaxy-chat check [OPTIONS]    looks after the list of rooms; see `check --help`

LINK, a galaxy-chat: or matrix: link, shows that room; it comes last.

Options:
  --server NAME      the server offered for signing in [matrix.org]
  --catalogue FILE   a list of rooms in place of the bundled one
  --profile DIR      the folder for the saved sign-in and the local copy of the rooms
  --log FILTER       what to log to standard error, such as `info` [our own warnings]
  -h, --help         print this and exit
  -V, --version      print the version and exit";

/// What the app was asked to do.
pub enum Request {
    /// Open the window.
    Run(Arguments),
    /// Compare the list of rooms with a live server, without a window.
    Check(check::Arguments),
    /// Print a text and exit.
    Print(String),
}

/// The command line.
pub struct Arguments {
    /// The server offered for signing in.
    pub server: String,
    /// A list of rooms in place of the bundled one.
    pub catalogue: Option<PathBuf>,
    /// The folder for session and stores.
    pub profile: Option<PathBuf>,
    /// What to log.
    pub log: Option<String>,
    /// A link that the system handed over, not yet read.
    pub link: Option<String>,
}

/// Reads the command line.
pub fn parse() -> Result<Request, lexopt::Error> {
    parse_from(lexopt::Parser::from_env())
}

fn parse_from(mut parser: lexopt::Parser) -> Result<Request, lexopt::Error> {
    let mut arguments = Arguments {
        server: "matrix.org".to_owned(),
        catalogue: None,
        profile: None,
        log: None,
        link: None,
    };
    let mut first = true;
    while let Some(argument) = parser.next()? {
        // A page may try to end its link early and to go on with options.
        if arguments.link.is_some() {
            return Err(argument.unexpected());
        }
        match argument {
            Value(word) if first && word == "check" => return check::parse(parser),
            Long("server") => arguments.server = text(parser.value()?)?,
            Long("catalogue") => arguments.catalogue = Some(parser.value()?.into()),
            Long("profile") => arguments.profile = Some(profile(parser.value()?)?),
            Long("log") => arguments.log = Some(text(parser.value()?)?),
            Short('h') | Long("help") => return Ok(Request::Print(HELP.to_owned())),
            Short('V') | Long("version") => {
                let version = env!("CARGO_PKG_VERSION");
                return Ok(Request::Print(format!("galaxy-chat {version}")));
            }
            Value(link) if is_link(&link) => arguments.link = Some(link.string()?),
            other => return Err(other.unexpected()),
        }
        first = false;
    }
    Ok(Request::Run(arguments))
}

/// The link in what a second start was started with.
pub fn link_of(arguments: Vec<String>) -> Option<String> {
    let parser = lexopt::Parser::from_iter(arguments);
    match parse_from(parser) {
        Ok(Request::Run(arguments)) => arguments.link,
        _ => None,
    }
}

fn is_link(value: &OsStr) -> bool {
    value.to_str().is_some_and(|value| SCHEMES.iter().any(|scheme| value.starts_with(scheme)))
}

/// A folder that is a profile, or can become one.
pub fn profile(value: OsString) -> Result<PathBuf, lexopt::Error> {
    let folder = PathBuf::from(value);
    if is_other_folder(&folder) {
        let folder = folder.display();
        return Err(
            format!("{folder} holds other things than a profile and was left as it is; choose an empty folder").into()
        );
    }
    Ok(folder)
}

/// An option's value, which says something.
pub fn text(value: OsString) -> Result<String, lexopt::Error> {
    let text = value.string()?;
    if text.trim().is_empty() { Err("an option's value is empty".into()) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Request, lexopt::Error> {
        parse_from(lexopt::Parser::from_args(arguments.iter().copied()))
    }

    #[test]
    fn options_are_read() {
        let Ok(Request::Run(arguments)) =
            parse(&["--server", "example.org", "--profile=p", "--catalogue", "c", "--log", "info"])
        else {
            panic!("runs")
        };
        assert_eq!(arguments.server, "example.org");
        assert_eq!(arguments.profile, Some("p".into()));
        assert_eq!(arguments.catalogue, Some("c".into()));
        assert_eq!(arguments.log.as_deref(), Some("info"));
        let Ok(Request::Run(arguments)) = parse(&[]) else { panic!("runs") };
        assert_eq!(arguments.server, "matrix.org");
    }

    #[test]
    fn a_folder_of_others_is_no_profile() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_string_lossy().into_owned();
        let is_taken = || parse(&["--profile", &path]).is_ok();
        assert!(is_taken(), "an empty folder");
        std::fs::create_dir(folder.path().join("web-view")).expect("made");
        assert!(is_taken(), "a start that was cut off");
        std::fs::write(folder.path().join("thesis.txt"), "").expect("written");
        assert!(!is_taken(), "a folder with other things in it");
        assert!(parse(&["check", "--profile", &path]).is_err());
        std::fs::write(folder.path().join("lock"), "").expect("written");
        assert!(is_taken(), "a profile, whatever else is in it");
    }

    #[test]
    fn a_link_comes_last() {
        let Ok(Request::Run(arguments)) = parse(&["--server", "s", "galaxy-chat:r/x:y"]) else {
            panic!("runs")
        };
        assert_eq!(arguments.link.as_deref(), Some("galaxy-chat:r/x:y"));
        let second = |arguments: &[&str]| {
            link_of(arguments.iter().map(|argument| (*argument).to_owned()).collect())
        };
        assert_eq!(second(&["app", "matrix:r/x:y"]).as_deref(), Some("matrix:r/x:y"));
        assert_eq!(second(&["galaxy-chat:r/x:y"]), None, "the program's own name");
        assert_eq!(second(&["app", "--unknown", "matrix:r/x:y"]), None);
    }

    #[test]
    fn nothing_else_is_taken() {
        for wrong in [
            &["--unknown"][..],
            &["--server"],
            &["--server", " "],
            &["a file"],
            &["https://galaxyproject.org/"],
            &["-galaxy-chat:r/x:y"],
            &["galaxy-chat:r/x:y", "--catalogue", "c"],
            &["galaxy-chat:r/x:y", "galaxy-chat:r/x:y"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(matches!(parse(&["--help"]), Ok(Request::Print(_))));
        assert!(parse(&["--log", "info", "check"]).is_err(), "it comes first");
    }
}
