//! Plays one side of a talk through the core: one JSON object a line in, one out.

mod contact;
mod device;

use std::io::{BufRead as _, Write as _};

use serde_json::{Value, json};
use tacita_vectors::{Inputs, Refused};

use device::Device;

fn main() -> std::io::Result<()> {
    let mut device: Option<Device> = None;
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = serde_json::from_str(&line?)
            .map_err(|error| Refused::BadCase(error.to_string()))
            .and_then(|inputs: Value| answer(&mut device, &Inputs::new(&inputs)));
        let answer = answer.unwrap_or_else(|refused| json!({ "error": refused.name() }));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn answer(device: &mut Option<Device>, inputs: &Inputs<'_>) -> Result<Value, Refused> {
    let command = inputs.text("do")?;
    if command == "create" {
        let (created, answer) = Device::create(inputs)?;
        *device = Some(created);
        return Ok(answer);
    }
    let device = device
        .as_mut()
        .ok_or_else(|| Refused::BadCase("create comes first".to_owned()))?;
    match command {
        "invite" => device.invite(inputs),
        "accept" => device.accept(inputs),
        "again" => device.begin_again(inputs),
        "send" => device.send(inputs),
        "receive" => device.receive(inputs),
        "safety" => device.safety(inputs),
        "scan" => device.scan(inputs),
        "session" => device.session(inputs),
        _ => Err(Refused::BadCase(format!("no command {command}"))),
    }
}
