use matrix_sdk::{
    Client, HttpError,
    ruma::{
        RoomId,
        api::client::space::get_hierarchy::v1::{Request, Response},
        assign, uint,
    },
};
use tracing::info;

use super::{Reading, patiently, walk::Walk};

/// Reads a Space and the Spaces in it, page by page and each by itself: homeservers differ in how
/// far they go by themselves.
pub async fn read(client: &Client, root: &RoomId) -> Reading {
    let mut walk = Walk::new(root.to_owned());
    let mut more = true;
    while more && let Some(space) = walk.next_space() {
        let mut from = None;
        loop {
            match page(client, &space, from.take()).await {
                Ok(page) => {
                    more = walk.take(&space, page.rooms);
                    from = page.next_batch;
                }
                Err(error) => {
                    info!("a Space was not read to its end: {error}");
                    walk.give_up(space);
                    break;
                }
            }
            match &from {
                None => break,
                Some(_) if more => {}
                Some(_) => {
                    info!("the Space is larger than any that is read to its end");
                    walk.give_up(space);
                    break;
                }
            }
        }
    }
    walk.done()
}

async fn page(
    client: &Client,
    space: &RoomId,
    from: Option<String>,
) -> Result<Response, HttpError> {
    let request = assign!(Request::new(space.to_owned()), {
        from,
        limit: Some(uint!(50)),
        max_depth: Some(uint!(1)),
    });
    patiently(|once| client.send(request.clone()).with_request_config(once)).await
}
