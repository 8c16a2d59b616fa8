//! The health of the catalogue against a live server, for those who look after Galaxy's rooms.

mod look;
mod report;

use std::path::PathBuf;

use zeroize::Zeroizing;

pub use self::report::{Finding, Health, Question, Report, RoomReport};
use crate::{
    account::{Visit, VisitError},
    catalogue::{Catalogue, CatalogueError},
    vault::Keyring,
    wire::{ErrorKind, UiError},
};

/// The server that is asked where none is named.
const USUAL_SERVER: &str = "matrix.org";

/// An access token; it is wiped from memory where it is dropped.
pub type Token = Zeroizing<String>;

/// Which server is asked, and as whom.
pub enum Asker {
    /// The saved session's, by its user; where there is none, the usual one, by nobody.
    Saved,
    /// One by name or address, by somebody who is not signed in.
    Nobody(String),
    /// One by name or address, by the user of an access token of it, which no other may see.
    Token(String, Token),
}

/// What is to be checked, and as whom.
pub struct CheckConfig {
    /// Which server is asked, and as whom.
    pub asker: Asker,
    /// The folder with the saved session.
    pub profile_folder: PathBuf,
    /// A file that replaces the bundled list of rooms.
    pub catalogue_file: Option<PathBuf>,
    /// The operating system's keyring.
    pub keyring: Keyring,
}

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The list of rooms cannot be used.
    #[error("the list of rooms cannot be used: {0}")]
    Catalogue(#[from] CatalogueError),
    /// The server cannot be asked.
    #[error("{}", sentence(.0))]
    Visit(#[from] VisitError),
}

/// Compares the catalogue with what a server says of its rooms.
///
/// # Errors
///
/// Any [`CheckError`].
pub async fn check(config: CheckConfig) -> Result<Report, CheckError> {
    let catalogue = match &config.catalogue_file {
        Some(file) => Catalogue::load(file)?,
        None => Catalogue::bundled(),
    };
    let visit = match config.asker {
        Asker::Token(server, token) => Visit::with_token(&server, token).await?,
        Asker::Nobody(server) => Visit::anonymous(&server).await?,
        Asker::Saved => match Visit::saved(config.profile_folder, config.keyring).await? {
            Some(saved) => saved,
            None => Visit::anonymous(USUAL_SERVER).await?,
        },
    };
    let rooms = look::all(&visit, &catalogue).await;
    let report = Report {
        server: visit.server.clone(),
        user_id: visit.user_id.as_ref().map(ToString::to_string),
        rooms,
    };
    visit.end().await;
    Ok(report)
}

fn sentence(error: &VisitError) -> String {
    let VisitError::Server(UiError { kind, detail, .. }) = error else { return error.to_string() };
    let server = detail.as_deref().unwrap_or("the server");
    match kind {
        ErrorKind::ServerNameInvalid => format!("{server:?} is not a server's name or address"),
        ErrorKind::ServerUnknown => format!("there is no server {server}"),
        ErrorKind::ServerNotMatrix => format!("{server} is not a Matrix server"),
        ErrorKind::ServerMisconfigured => {
            format!("/.well-known/matrix/client of {server} names no address that can be used")
        }
        ErrorKind::ServerInsecure => format!("{server} is not asked without encryption (https)"),
        ErrorKind::ServerCertificate => format!("the certificate of {server} was not accepted"),
        ErrorKind::ServerUnreachable => format!("{server} does not answer"),
        ErrorKind::ClockWrong => format!("this computer's clock is far from that of {server}"),
        kind => format!("the server cannot be used ({kind:?}: {server})"),
    }
}
