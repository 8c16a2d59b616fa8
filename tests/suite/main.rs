//! The tests of Galaxy Chat, in one program so that they share what they are built from.

mod journey;
mod stage;
mod support;
