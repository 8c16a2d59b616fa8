//! A command that panics is answered with an error: nobody else would answer it, and whoever asked would
//! wait for ever.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use galaxy_chat_core::wire::{ErrorKind, UiError};
use tracing::error;

/// The command's answer, or [`ErrorKind::Internal`] where it panics. What it has borrowed is sound
/// afterwards: the core's locks are taken over from whoever panicked with them.
pub async fn isolated<T>(command: impl Future<Output = Result<T, UiError>>) -> Result<T, UiError> {
    // The words of a panic may hold what somebody wrote; they go to standard error alone.
    AssertUnwindSafe(command).catch_unwind().await.unwrap_or_else(|_| {
        error!("a command panicked");
        Err(UiError::new(ErrorKind::Internal).with_detail("panic in a command"))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use galaxy_chat_core::wire::{ErrorKind, UiError};
    use tokio::{sync::oneshot, task::yield_now, time::sleep};

    use super::isolated;

    /// Panics before or after it has waited for something.
    async fn panics(waits: bool) -> Result<(), UiError> {
        if waits {
            yield_now().await;
        }
        panic!("as a command may")
    }

    #[tokio::test]
    async fn a_command_that_panics_is_answered_with_an_error() {
        for waits in [false, true] {
            let answer = isolated(panics(waits)).await;
            assert_eq!(answer.expect_err("it panicked").kind, ErrorKind::Internal);
        }
        assert_eq!(isolated(async { Ok(1) }).await, Ok(1));
        let refused = UiError::new(ErrorKind::NotSignedIn);
        assert_eq!(isolated(async { Err::<(), _>(refused.clone()) }).await, Err(refused));
    }

    /// The control: as a task alone, which is what Tauri makes of a command, it answers nobody.
    #[tokio::test]
    async fn without_isolation_nobody_is_answered() {
        let (answer, answered) = oneshot::channel();
        let task = tokio::spawn(async {
            let result = panics(true).await;
            sleep(Duration::ZERO).await;
            answer.send(result)
        });
        assert!(answered.await.is_err());
        assert!(task.await.expect_err("it panicked").is_panic());
    }
}
