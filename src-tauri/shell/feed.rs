//! The queue of what the window has not been told yet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use galaxy_chat_core::wire::{Start, Update};
use tokio::sync::mpsc::{self, Receiver};

/// The most updates that are told at once.
const AT_ONCE: usize = 200;

/// The most updates that wait for the window. It asks again within milliseconds; one that has not asked by
/// then has no page that would, and the next to subscribe is told everything anew.
const MAX_WAITING: usize = 4096;

/// Takes the updates meant for the window; `false` where it takes no more.
type Sink = Box<dyn Fn(Update) -> bool + Send>;

/// What the window has not been told yet; a new subscriber takes the place of the one before.
#[derive(Default)]
pub struct Feed(Mutex<Arc<Queue>>);

/// The queue of one subscriber.
#[derive(Default)]
struct Queue {
    updates: tokio::sync::Mutex<Option<Receiver<Update>>>,
    /// A link that was told, but of which it is not known that anybody took it: that shows by the next
    /// question. All other updates are in the next snapshot, and a page that is reloaded needs this one.
    link: Mutex<Option<Update>>,
}

impl Feed {
    /// Everything there is to show, and from then on [`Feed::next`] tells what changes. `subscribe` puts
    /// a new sink in the place of the one before, which it drops.
    pub async fn subscribe(&self, subscribe: impl FnOnce(Sink) -> Start) -> Start {
        let (sink, queue) = Queue::new();
        let mut start = subscribe(sink);
        let before = std::mem::replace(&mut *lock(&self.0), queue.clone());
        if last_link(&start.updates).is_none() {
            start.updates.extend(before.left().await);
        }
        *lock(&queue.link) = last_link(&start.updates);
        start
    }

    /// Waits until there is something to tell. Nothing, where the queue was given up.
    pub async fn next(&self) -> Vec<Update> {
        let queue = lock(&self.0).clone();
        queue.next().await
    }
}

impl Queue {
    fn new() -> (Sink, Arc<Self>) {
        let (tell, updates) = mpsc::channel(MAX_WAITING);
        let queue = Self { updates: Some(updates).into(), link: Mutex::default() };
        (Box::new(move |update| tell.try_send(update).is_ok()), Arc::new(queue))
    }

    async fn next(&self) -> Vec<Update> {
        let mut told = Vec::new();
        let mut updates = self.updates.lock().await;
        *lock(&self.link) = None;
        if let Some(updates) = &mut *updates {
            updates.recv_many(&mut told, AT_ONCE).await;
        }
        *lock(&self.link) = last_link(&told);
        told
    }

    /// The link that nobody has taken, of a queue that gets no more updates.
    async fn left(&self) -> Option<Update> {
        // Whoever waits with it has an answer now that nothing can come.
        let mut updates = self.updates.lock().await;
        let mut left = Vec::new();
        while let Some(update) = updates.as_mut().and_then(|updates| updates.try_recv().ok()) {
            left.push(update);
        }
        last_link(&left).or_else(|| lock(&self.link).take())
    }
}

fn last_link(updates: &[Update]) -> Option<Update> {
    updates.iter().rev().find(|update| matches!(update, Update::Link { .. })).cloned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, sync::Arc};

    use galaxy_chat_core::wire::{
        AddressFault, AddressForm, AddressMeaning, ErrorKind, PastedAddress, Start, StartInfo,
        UiError, Update,
    };
    use tokio::{sync::mpsc, task::yield_now};

    use super::{Feed, MAX_WAITING, Sink};

    /// What tells the feed, as the core does: it drops a sink that takes no more.
    #[derive(Default)]
    struct Teller(RefCell<Option<Sink>>);

    impl Teller {
        async fn subscribe(&self, feed: &Feed) -> Vec<Update> {
            let subscribe = |sink| {
                self.0.replace(Some(sink));
                Start { info: info(), updates: Vec::new() }
            };
            feed.subscribe(subscribe).await.updates
        }

        fn tell(&self, update: Update) -> bool {
            let taken = self.0.borrow().as_ref().is_some_and(|sink| sink(update));
            if !taken {
                self.0.take();
            }
            taken
        }
    }

    fn info() -> StartInfo {
        StartInfo {
            version: String::new(),
            default_server: String::new(),
            recent_servers: Vec::new(),
            catalogue_problem: None,
        }
    }

    fn notice() -> Update {
        Update::Notice { error: UiError::new(ErrorKind::Internal) }
    }

    fn link() -> Update {
        Update::Link {
            address: PastedAddress {
                pasted: String::new(),
                form: AddressForm::Plain,
                repairs: Vec::new(),
                meaning: AddressMeaning::Nothing { fault: AddressFault::Empty, nearest: None },
            },
        }
    }

    fn links(updates: &[Update]) -> usize {
        updates.iter().filter(|update| matches!(update, Update::Link { .. })).count()
    }

    const MANY: usize = 100_000;

    #[tokio::test]
    async fn updates_without_a_reader_are_bounded_and_the_window_hears_of_it() {
        let (feed, teller) = (Feed::default(), Teller::default());
        teller.subscribe(&feed).await;
        let taken = (0..MANY).filter(|_| teller.tell(notice())).count();
        assert_eq!(taken, MAX_WAITING);
        // Whoever comes back is told that there is no more, and subscribes anew.
        let mut told = 0;
        loop {
            let updates = feed.next().await;
            told += updates.len();
            if updates.is_empty() {
                break;
            }
        }
        assert_eq!(told, MAX_WAITING);
        teller.subscribe(&feed).await;
        assert!(teller.tell(notice()));
        assert_eq!(feed.next().await.len(), 1);
    }

    /// The control: a queue without a limit keeps all of them.
    #[test]
    fn without_a_limit_they_pile_up() {
        let (tell, updates) = mpsc::unbounded_channel();
        assert_eq!((0..MANY).filter(|_| tell.send(notice()).is_ok()).count(), MANY);
        assert_eq!(updates.len(), MANY);
    }

    #[tokio::test]
    async fn a_link_that_no_page_took_is_told_to_the_next() {
        let (feed, teller) = (Arc::new(Feed::default()), Teller::default());
        teller.subscribe(&feed).await;
        // Still in the queue when the page is reloaded.
        teller.tell(notice());
        teller.tell(link());
        teller.tell(notice());
        assert_eq!(links(&teller.subscribe(&feed).await), 1);
        // In the snapshot of a page that is reloaded at once.
        assert_eq!(links(&teller.subscribe(&feed).await), 1);
        // Answered to a page that was gone by then.
        let asking = tokio::spawn({
            let feed = feed.clone();
            async move { feed.next().await }
        });
        yield_now().await;
        teller.tell(link());
        assert_eq!(links(&asking.await.expect("an answer")), 1);
        assert_eq!(links(&teller.subscribe(&feed).await), 1);
        // A page that asks again has taken it.
        teller.tell(notice());
        feed.next().await;
        assert_eq!(links(&teller.subscribe(&feed).await), 0);
    }
}
