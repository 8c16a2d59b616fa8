//! Addresses that come from outside of the app, and rooms that are taken there.

use std::fs;

use matrix_sdk::ruma::RoomId;
use tokio::task::spawn_blocking;
use tracing::info;

use super::App;
use crate::{
    address::{self, Directory, RoomLink},
    catalogue::Catalogue,
    handoff::{self, Offer, Target},
    links::shown,
    vault::write_private_file,
    wire::{ErrorKind, HandOff, Keeping, MoveReason, PastedAddress, Session, UiError, Update},
};

/// The file in the profile that tells which place was chosen last.
pub(super) const LAST_PLACE: &str = "hand-off.txt";

impl App {
    /// What a text means that somebody pasted. Needs no network, and joins nothing.
    pub fn read_address(&self, text: &str) -> PastedAddress {
        address::understand(text, &*self.0.catalogue.now())
    }

    /// Shows the room of a link that the system handed over. Nothing is joined: that is for the
    /// user to say.
    pub fn show_link(&self, link: &str) {
        let update = if let Some(reading) = address::read_argument(link) {
            Update::Link { address: address::resolve(reading, &*self.0.catalogue.now()) }
        } else {
            Update::Notice { error: UiError::new(ErrorKind::LinkRefused).with_detail(shown(link)) }
        };
        self.0.board.tell_surely(update);
    }

    /// The places on this computer and on the web that a room can be opened in, the one that was
    /// taken last in front.
    pub async fn places(&self) -> Vec<HandOff> {
        let last = fs::read_to_string(&self.0.last_place).unwrap_or_default();
        let mut places: Vec<_> = offers().await.iter().map(Offer::shown).collect();
        for place in &mut places {
            place.last = place.id == last;
        }
        places.sort_by_key(|place| !place.last);
        places
    }

    /// Opens a room in one of the [`App::places`], and remembers which. In a program that takes no
    /// links nothing is opened.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LinkRefused`] where there is no such room or place;
    /// [`ErrorKind::BrowserFailed`] where it could not be started.
    pub async fn hand_off(&self, place: &str, room: &str, via: &[String]) -> Result<(), UiError> {
        let refused = || UiError::new(ErrorKind::LinkRefused).with_detail(shown(place));
        let room = self.room_link_of(room, via).await?;
        let offers = offers().await;
        let offer = offers.iter().find(|offer| offer.id() == place).ok_or_else(refused)?;
        self.keep_place(&offer.id());
        let Some(link) = handoff::link_for(offer.target, &room) else { return Ok(()) };
        if !handoff::may_open(link.as_url()) {
            return Err(UiError::new(ErrorKind::LinkRefused).with_detail(link.to_string()));
        }
        if (self.0.open_in)(&link, offer.program.as_ref()) {
            Ok(())
        } else {
            Err(UiError::new(ErrorKind::BrowserFailed).with_detail(link.to_string()))
        }
    }

    /// Remembers where a room was taken to, except where others use this computer.
    fn keep_place(&self, place: &str) {
        if let Session::SignedIn { keeping: Keeping::Shared, .. } = self.0.board.session() {
            return;
        }
        if let Err(error) = write_private_file(&self.0.last_place, place.as_bytes()) {
            info!("the choice of a place was not kept: {error}");
        }
    }

    /// The link that opens a room for everybody.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LinkRefused`] where that is no room.
    pub async fn room_link(&self, room: &str, via: &[String]) -> Result<String, UiError> {
        let refused = || UiError::new(ErrorKind::LinkRefused).with_detail(shown(room));
        let room = self.room_link_of(room, via).await?;
        let link = handoff::link_for(Target::MatrixTo, &room).ok_or_else(refused)?;
        Ok(link.to_string())
    }

    /// The same link for a phone's camera: dark (`true`) and light fields, row by row.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LinkRefused`] where that is no room.
    pub async fn room_qr(&self, room: &str, via: &[String]) -> Result<Vec<Vec<bool>>, UiError> {
        let refused = || UiError::new(ErrorKind::LinkRefused).with_detail(shown(room));
        handoff::qr(&self.room_link(room, via).await?).ok_or_else(refused)
    }

    /// The room as the window names it. One that is known by its id only needs servers to ask: of
    /// a joined one, its members say which.
    async fn room_link_of(&self, room: &str, via: &[String]) -> Result<RoomLink, UiError> {
        let refused = || UiError::new(ErrorKind::LinkRefused).with_detail(shown(room));
        let mut link = RoomLink::parse(room, via).ok_or_else(refused)?;
        if let Ok(id) = <&RoomId>::try_from(&*link.room)
            && link.via.is_empty()
            && let Ok(talk) = self.talk().await
        {
            link.via = talk.route(id).await;
        }
        Ok(link)
    }
}

/// Looking for programs reads many files.
async fn offers() -> Vec<Offer> {
    spawn_blocking(|| handoff::offers(handoff::installed())).await.unwrap_or_default()
}

impl Directory for Catalogue {
    fn current(&self) -> impl Iterator<Item = &str> {
        self.entries().iter().map(|entry| entry.alias.as_str())
    }

    fn moved(&self) -> impl Iterator<Item = (&str, &str, MoveReason)> {
        self.moves().map(|(from, to)| (from, to.entry.alias.as_str(), to.reason))
    }

    fn alias_of(&self, id: &str) -> Option<&str> {
        self.by_id(id).map(|entry| entry.alias.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{AddressMeaning, Listed};

    /// What a text means to the bundled list.
    fn meaning(text: &str) -> AddressMeaning {
        address::understand(text, &Catalogue::bundled()).meaning
    }

    fn room(text: &str) -> (String, Listed) {
        match meaning(text) {
            AddressMeaning::Room { address, listed, .. } => (address, listed),
            other => panic!("{text} is no room: {other:?}"),
        }
    }

    #[test]
    fn the_bundled_list_is_what_addresses_lead_to() {
        let lobby = "#galaxyproject_Lobby:gitter.im".to_owned();
        for text in [
            "https://matrix.to/#/%23galaxyproject_lobby:gitter.im",
            "gitter.im/galaxyproject/Lobby",
            "matrix:r/galaxyproject_Lobby:gitter.im",
            "https://gxy.io/chat",
        ] {
            assert_eq!(room(text), (lobby.clone(), Listed::Current), "{text}");
        }
        let id = "!yShkfqncgjcRcRztBU:gitter.im";
        assert_eq!(room(id).0, "#Galaxy-Training-Network_Lobby:gitter.im");
    }

    #[test]
    fn an_old_address_says_why_and_leads_on() {
        let from = "#galaxyproject_gcc:gitter.im".to_owned();
        let listed = Listed::Moved { from, reason: MoveReason::Retired };
        let found = room("#galaxyproject_GCC:gitter.im");
        assert_eq!(found, ("#galaxyproject_Lobby:gitter.im".to_owned(), listed));
    }

    #[test]
    fn every_moved_address_of_the_bundled_list_leads_to_a_room_of_it() {
        let catalogue = Catalogue::bundled();
        assert_eq!(Directory::moved(&catalogue).count(), catalogue.moves().count());
        for (from, to, reason) in Directory::moved(&catalogue) {
            let listed = Listed::Moved { from: from.to_owned(), reason };
            assert_eq!(room(from), (to.to_owned(), listed));
        }
    }
}
