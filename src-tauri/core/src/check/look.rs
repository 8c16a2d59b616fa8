//! Asks the server about each room.

use std::collections::HashSet;

use futures_util::{StreamExt as _, stream};
use matrix_sdk::{
    Client, HttpError,
    ruma::{
        OwnedRoomId, OwnedServerName, RoomAliasId, RoomOrAliasId,
        api::{client::room::get_summary, error::ErrorKind as MatrixKind},
    },
};

use super::RoomReport;
use crate::{
    account::Visit,
    catalogue::{Catalogue, SPACE},
    space::{
        Listing, Reading, SpaceRoom, Tombstone, describe, lead_of, patiently, read, tombstone,
    },
    text::display_name,
    wire::{CatalogueEntry, RoomKind},
};

/// Rooms that are asked about at the same time.
const AT_ONCE: usize = 4;

/// A server that is told more servers than these gains nothing.
const MOST_VIA: usize = 5;

/// What the server says to a question.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Learned<T> {
    /// The answer.
    Known(T),
    /// It does not tell whoever asks.
    Untold,
    /// It did not answer.
    Failed,
}

/// What was learned of a room.
pub(super) struct Facts {
    pub in_catalogue: bool,
    pub lead: Learned<Option<OwnedRoomId>>,
    pub tombstone: Learned<Tombstone>,
    pub in_space: Learned<bool>,
    /// Nothing, where the room cannot be seen.
    pub summary: Learned<Option<SpaceRoom>>,
}

struct Look<'a> {
    client: &'a Client,
    signed_in: bool,
    space: Learned<Reading>,
}

/// Looks at all rooms of the catalogue and of the Space.
pub(super) async fn all(visit: &Visit, catalogue: &Catalogue) -> Vec<RoomReport> {
    let signed_in = visit.user_id.is_some();
    let space = if signed_in { space(&visit.client, catalogue).await } else { Learned::Untold };
    let look = Look { client: &visit.client, signed_in, space };
    let entries = catalogue.entries().iter().map(|entry| look.entry(entry));
    let mut rooms: Vec<_> = stream::iter(entries).buffered(AT_ONCE).collect().await;

    let seen: HashSet<_> = rooms.iter().filter_map(|room| room.room_id.clone()).collect();
    if let Learned::Known(reading) = &look.space {
        let more = reading.rooms.iter().filter(|room| {
            let retired = room
                .alias
                .as_ref()
                .is_some_and(|alias| catalogue.successor(alias.as_str()).is_some());
            room.kind == RoomKind::Room && !seen.contains(room.id.as_str()) && !retired
        });
        let more = more.map(|room| look.unlisted(room));
        rooms.extend(stream::iter(more).buffered(AT_ONCE).collect::<Vec<_>>().await);
    }
    rooms
}

/// What Galaxy's Space lists.
async fn space(client: &Client, catalogue: &Catalogue) -> Learned<Reading> {
    let alias = catalogue.by_key(SPACE).and_then(|entry| RoomAliasId::parse(&entry.alias).ok());
    let Some(alias) = alias else { return Learned::Untold };
    match lead_of(client, &alias).await {
        Ok(Some(found)) => match read(client, &found.room_id).await {
            reading if reading.rooms.is_empty() => Learned::Failed,
            reading => Learned::Known(reading),
        },
        // That is found where it is looked at itself.
        Ok(None) => Learned::Untold,
        Err(_) => Learned::Failed,
    }
}

impl Look<'_> {
    async fn entry(&self, entry: &CatalogueEntry) -> RoomReport {
        let report = RoomReport {
            key: Some(entry.key.clone()),
            name: display_name(Some(&entry.name), &entry.alias),
            alias: Some(entry.alias.clone()),
            ..RoomReport::default()
        };
        let mut facts = Facts {
            in_catalogue: true,
            lead: Learned::Failed,
            tombstone: Learned::Untold,
            in_space: Learned::Untold,
            summary: Learned::Untold,
        };
        let Ok(alias) = RoomAliasId::parse(&entry.alias) else { return report.judge(&facts) };
        let Ok(found) = lead_of(self.client, &alias).await else { return report.judge(&facts) };
        facts.lead = Learned::Known(found.as_ref().map(|found| found.room_id.clone()));
        if let Some(found) = found {
            facts.in_space = self.in_space(&found.room_id);
            facts.tombstone = self.tombstone(&found.room_id).await;
            facts.summary = self.summary(found.room_id, found.servers).await;
        }
        report.judge(&facts)
    }

    async fn unlisted(&self, room: &SpaceRoom) -> RoomReport {
        let facts = Facts {
            in_catalogue: false,
            lead: Learned::Known(Some(room.id.clone())),
            tombstone: self.tombstone(&room.id).await,
            in_space: Learned::Known(true),
            summary: Learned::Known(Some(room.clone())),
        };
        let report = RoomReport {
            name: display_name(room.name.as_deref(), room.id.as_str()),
            alias: room.alias.as_ref().map(ToString::to_string),
            ..RoomReport::default()
        };
        report.judge(&facts)
    }

    fn in_space(&self, id: &OwnedRoomId) -> Learned<bool> {
        match &self.space {
            Learned::Known(reading) => {
                let described = reading.rooms.iter().any(|room| room.id == *id);
                match described || reading.hidden.contains(id) {
                    false if !reading.broken.is_empty() => Learned::Failed,
                    listed => Learned::Known(listed),
                }
            }
            Learned::Untold => Learned::Untold,
            Learned::Failed => Learned::Failed,
        }
    }

    async fn tombstone(&self, id: &OwnedRoomId) -> Learned<Tombstone> {
        if !self.signed_in {
            return Learned::Untold;
        }
        match tombstone(self.client, id).await {
            Ok(Tombstone::Unknown) => Learned::Untold,
            Ok(known) => Learned::Known(known),
            Err(_) => Learned::Failed,
        }
    }

    async fn summary(
        &self,
        id: OwnedRoomId,
        mut via: Vec<OwnedServerName>,
    ) -> Learned<Option<SpaceRoom>> {
        if let Learned::Known(reading) = &self.space
            && let Some(room) = reading.rooms.iter().find(|room| room.id == id)
        {
            return Learned::Known(Some(room.clone()));
        }
        via.truncate(MOST_VIA);
        let room = <&RoomOrAliasId>::from(&*id).to_owned();
        let request = get_summary::v1::Request::new(room, via.clone());
        let asked = patiently(|once| self.client.send(request.clone()).with_request_config(once));
        match asked.await {
            Ok(answer) => {
                let listing = Listing { space: id, via, suggested: false };
                Learned::Known(Some(describe(answer.summary, listing)))
            }
            Err(error) => refusal(&error),
        }
    }
}

fn refusal(error: &HttpError) -> Learned<Option<SpaceRoom>> {
    match error.client_api_error_kind() {
        Some(MatrixKind::NotFound | MatrixKind::Forbidden) => Learned::Known(None),
        // A server without this way to ask, or one that wants a token for it.
        Some(MatrixKind::Unrecognized | MatrixKind::MissingToken) => Learned::Untold,
        _ => Learned::Failed,
    }
}
