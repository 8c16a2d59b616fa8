//! The real parts that the tests, the demo and the benchmarks stand on: a Synapse homeserver, Galaxy's
//! rooms on it, the people in them, a keyring and the app's own window. Each is started in one line and
//! ends when it is dropped, or with this process, however that dies.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use galaxy_chat_tests::galaxy::Galaxy;
//!
//! let galaxy = Galaxy::start().await?;
//! let newcomer = galaxy.newcomer.sign_in().await?;
//! newcomer.join(galaxy.alias("lobby")?).await?;
//! # Ok(())
//! # }
//! ```

pub mod authority;
pub mod bots;
pub mod browser;
pub mod certificates;
pub mod faults;
pub mod federation;
pub mod galaxy;
pub mod homeserver;
pub mod hostile;
pub mod keyring;
pub mod mailbox;
pub mod matrix;
mod moderation;
pub mod page;
pub mod process;
pub mod request;
pub mod space;
mod talk;
pub mod tools;
pub mod university;
pub mod website;
pub mod window;
