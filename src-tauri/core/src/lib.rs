//! Everything Galaxy Chat does, without a window: see [`App`].
#![recursion_limit = "256"]

mod account;
mod address;
mod app;
mod board;
mod catalogue;
pub mod check;
mod failure;
#[cfg(test)]
mod fuzz;
mod guide;
mod handoff;
mod joining;
mod links;
mod space;
mod talk;
mod text;
pub mod vault;
pub mod wire;

pub use self::{
    account::OpenBrowser,
    app::{App, Config, OpenIn},
    catalogue::{Catalogue, CatalogueError, Successor},
    handoff::{Link, Program},
    links::check_link,
};
