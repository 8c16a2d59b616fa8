//! The tests of Galaxy Chat, in one program so that they share what they are built from.
#![recursion_limit = "256"]

mod addresses;
mod attacks;
mod bad_input;
mod badges;
mod bench;
mod check;
mod closed;
mod closed_rooms;
mod context_menu;
mod core;
mod elsewhere;
mod formatted;
mod front;
mod hostile;
mod joining;
mod journey;
mod keyrings;
mod kills;
mod own_message;
mod people;
mod refresh;
mod removal;
mod rooms;
mod secrets;
mod servers;
mod session;
mod shared;
mod stage;
mod starts;
mod stub;
mod support;
mod typing;
mod ways;
