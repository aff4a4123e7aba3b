//! Steps of a scenario about names and pictures.

use std::time::Duration;

use anyhow::Result;
use data_encoding::BASE64;
use serde_json::json;

use crate::driver::lock;
use crate::stage::{Stage, wait_for};

/// Within this, a profile that is due is shown.
const LIMIT: Duration = Duration::from_secs(60);
/// How a picture begins whose format clients know.
const JPEG: &[u8] = b"\xff\xd8\xff";

/// A picture that holds a text, as requests carry it.
fn picture_of(text: &str) -> String {
    BASE64.encode(&[JPEG, text.as_bytes()].concat())
}

/// `by` sets its name and picture.
pub(crate) fn set(stage: &Stage, by: &str, name: &str, picture: &str) -> Result<()> {
    for (what, text) in [("a name", name), ("a picture", picture)] {
        lock(&stage.canaries).text(what, text);
    }
    let arguments = json!({"name": name, "picture": picture_of(picture)});
    stage.actor(by)?.agent.call("set_profile", arguments)?;
    Ok(())
}

/// Waits until `by` shows this name and picture of `of`.
pub(crate) fn shows(stage: &Stage, by: &str, of: &str, name: &str, picture: &str) -> Result<()> {
    let (actor, id) = (stage.actor(by)?, stage.actor(of)?.account()?);
    wait_for(&format!("{by} to show {name} for {of}"), LIMIT, || {
        let has_name = actor
            .conversation(id)?
            .is_some_and(|line| line.name == name);
        let shown = actor.agent.call("profile_picture", json!({"id": id}))?;
        Ok((has_name && shown == json!(picture_of(picture))).then_some(()))
    })
}
