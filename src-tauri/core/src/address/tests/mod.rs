pub(crate) mod anything;
mod forms;
mod galaxy;
mod known;
mod mangled;
mod refused;

use std::sync::LazyLock;

use super::*;
use crate::catalogue::Catalogue;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::bundled);

const LOBBY: &str = "#galaxyproject_Lobby:gitter.im";
const SPACE: &str = "#galaxyproject:matrix.org";
const TRAINING: &str = "!yShkfqncgjcRcRztBU:gitter.im";
const SERVERLESS: &str = "!Qvt1PhJbr-CnU9LrVbCTmxXpZE7Gsy4dKf0iWaHo_2M";

/// A room as one line: `ROOM EVENT via,via`.
fn line(reading: &Reading) -> String {
    match &reading.meaning {
        Meaning::Room(RoomLink { room, via, event }) => {
            let via: Vec<_> = via.iter().map(|server| server.as_str()).collect();
            let event = event.as_ref().map_or("-", |event| event.as_str());
            format!("{room} {event} {}", via.join(",")).replace(" - ", " ").trim_end().to_owned()
        }
        Meaning::Person(user) => format!("person {user}"),
        Meaning::Half { name, fault, .. } => format!("half {name} {fault:?}"),
        Meaning::Nothing(fault) => format!("nothing {fault:?}"),
    }
}

fn check(form: AddressForm, table: &[(&str, &str, &[AddressRepair])]) {
    for (text, means, repairs) in table {
        let reading = read(text);
        assert_eq!(line(&reading), *means, "{text:?}");
        assert_eq!(reading.form, form, "{text:?}");
        assert_eq!(reading.repairs, *repairs, "{text:?}");
    }
}
