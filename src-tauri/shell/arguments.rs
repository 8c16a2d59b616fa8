use std::{ffi::OsString, path::PathBuf};

use lexopt::prelude::*;

const HELP: &str = "\
Galaxy Chat: from \"ask on Matrix\" to an answered message

Usage: galaxy-chat [OPTIONS]

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
}

/// Reads the command line.
pub fn parse() -> Result<Request, lexopt::Error> {
    parse_from(lexopt::Parser::from_env())
}

fn parse_from(mut parser: lexopt::Parser) -> Result<Request, lexopt::Error> {
    let mut arguments =
        Arguments { server: "matrix.org".to_owned(), catalogue: None, profile: None, log: None };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("server") => arguments.server = text(parser.value()?)?,
            Long("catalogue") => arguments.catalogue = Some(parser.value()?.into()),
            Long("profile") => arguments.profile = Some(parser.value()?.into()),
            Long("log") => arguments.log = Some(text(parser.value()?)?),
            Short('h') | Long("help") => return Ok(Request::Print(HELP.to_owned())),
            Short('V') | Long("version") => {
                let version = env!("CARGO_PKG_VERSION");
                return Ok(Request::Print(format!("galaxy-chat {version}")));
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Request::Run(arguments))
}

fn text(value: OsString) -> Result<String, lexopt::Error> {
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
    fn nothing_else_is_taken() {
        for wrong in [&["--unknown"][..], &["matrix:r/x:y"], &["--server"], &["--server", " "]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(matches!(parse(&["--help"]), Ok(Request::Print(_))));
    }
}
