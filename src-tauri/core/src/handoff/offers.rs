//! What is there to hand a room to.

use std::path::PathBuf;

use super::{ROWS, Row, Scheme, Target};
use crate::{
    text::clean_line,
    wire::{HandOff, HandOffWay},
};

/// What this app is called where it is installed: it is no place to hand a room to.
const OWN: &[&str] = &["galaxy-chat", "galaxy chat"];

/// Longer names are cut.
const LONGEST_NAME: usize = 40;

/// A program on this computer that may take rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The name of its desktop file, bundle or program file in lower case, without what follows
    /// the name.
    pub ident: String,
    /// What it calls itself, where the system says so.
    pub name: Option<String>,
    /// That file: what to start with the link. `None` where only the system can start it.
    pub path: Option<PathBuf>,
    /// It opens `matrix:` links.
    pub matrix: bool,
    /// It opens `element:` links.
    pub element: bool,
    /// It is the one that the system starts for `matrix:` links.
    pub default: bool,
}

/// A place to take a room to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which; makes the link.
    pub target: Target,
    /// The program, where the place is one.
    pub program: Option<Program>,
}

/// The programs of this computer; which of them take rooms is for [`offers`] to say. Reads many
/// small files: not for a thread that something waits for.
pub fn installed() -> Vec<Program> {
    #[cfg(target_os = "linux")]
    return super::linux::programs(&super::linux::Folders::of_user(|name| std::env::var_os(name)));
    #[cfg(target_os = "macos")]
    return super::macos::programs(&super::macos::folders());
    #[cfg(windows)]
    return super::windows::programs();
    #[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
    return Vec::new();
}

/// All places to take a room to, in the order they are shown: known programs, others, web pages.
pub fn offers(programs: Vec<Program>) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    let mut others = Vec::new();
    for program in programs {
        if OWN.contains(&program.ident.as_str()) {
            continue;
        }
        match target_of(&program) {
            Some(Target::OtherApp) => others.push(program),
            // Installed in two ways: the first is what the system prefers.
            Some(target) if offers.iter().all(|offer| offer.target != target) => {
                offers.push(Offer { target, program: Some(program) });
            }
            _ => {}
        }
    }
    others.sort_by_key(|program| (!program.default, program.name.clone()));
    let place = |offer: &Offer| ROWS.iter().position(|row| row.target == offer.target);
    let other = |program| Offer { target: Target::OtherApp, program: Some(program) };
    offers.extend(others.into_iter().map(other));
    let web = [Target::ElementWeb, Target::CinnyWeb];
    offers.extend(web.map(|target| Offer { target, program: None }));
    offers.sort_by_key(place);
    offers
}

impl Offer {
    /// The same at every start; different for all places.
    pub fn id(&self) -> String {
        let id = self.target.row().id;
        match &self.program {
            Some(program) if self.target == Target::OtherApp => format!("{id}:{}", program.ident),
            _ => id.to_owned(),
        }
    }

    /// What the window shows.
    pub fn shown(&self) -> HandOff {
        let row = self.target.row();
        let own = self.program.as_ref().and_then(|program| program.name.as_deref());
        let name = if row.name.is_empty() { own.map(cleaned) } else { Some(row.name.to_owned()) };
        let name = name.filter(|name| !name.is_empty());
        HandOff { id: self.id(), name, way: row.way, last: false }
    }
}

fn cleaned(name: &str) -> String {
    clean_line(name, LONGEST_NAME)
}

/// Which of the table's programs this is.
fn target_of(program: &Program) -> Option<Target> {
    let takes = |scheme| match scheme {
        Scheme::Matrix => program.matrix,
        Scheme::Element => program.element,
    };
    let is_it = |row: &&Row| {
        let reached = match row.scheme {
            Some(scheme) => takes(scheme),
            // Where a build of it takes links after all, they are the better way.
            None => !program.matrix,
        };
        row.way != HandOffWay::Web && reached && row.idents.contains(&program.ident.as_str())
    };
    let known = ROWS.iter().find(is_it).map(|row| row.target);
    // Others that take Element's links, such as builds of it under another name, are not offered:
    // what they make of a link is not known.
    known.or(program.matrix.then_some(Target::OtherApp))
}
