//! Joining many rooms is clean on every screen, and works without a mouse.

use anyhow::{Result, ensure};
use galaxy_chat_tests::window::AppOptions;

use super::FOUR;
use super::held_up::HeldUp;
use crate::people::{SIZE, clean, focus, go_to};
use crate::session::until;

#[tokio::test]
async fn every_part_is_clean_in_the_light() -> Result<()> {
    every_part_is_clean(false).await
}

#[tokio::test]
async fn every_part_is_clean_in_the_dark() -> Result<()> {
    every_part_is_clean(true).await
}

async fn every_part_is_clean(dark: bool) -> Result<()> {
    let options = AppOptions { dark, size: SIZE, ..AppOptions::default() };
    let scene = HeldUp::open(options, ["Outreach", "Developers", "Tool authors", "Admins"]).await?;
    let (window, galaxy) = (&scene.window, &scene.galaxy);
    window.see("The server asks to wait.").await?;
    window.click("4 rooms to come").await?;
    clean(window, "a plan that waits").await?;
    window.screenshot("joining-waits").await?;
    window.click("Stop…").await?;
    window.see("Yes, stop").await?;
    clean(window, "stopping the plan").await?;
    window.click("Go on joining").await?;

    let helper = galaxy.helper.sign_in().await?;
    helper.ban(galaxy.room("outreach")?, &galaxy.newcomer.user_id).await?;
    scene.let_in(2);
    window.click("Try now").await?;
    window.see("You are banned from this room.").await?;
    window.click("One room could not be joined").await?;
    clean(window, "a room that could not be joined").await?;
    window.screenshot("joining-failed").await?;
    window.click("Choose several rooms").await?;
    window.see("Waits its turn").await?;
    clean(window, "choosing rooms").await?;
    window.screenshot("joining-choice").await?;
    window.click("Back to all rooms").await?;
    window.click("Leave several…").await?;
    window.click("Choose all 2").await?;
    clean(window, "choosing rooms to leave").await?;
    window.click("Leave 2 rooms…").await?;
    window.see("Yes, leave 2 rooms").await?;
    clean(window, "leaving rooms").await?;
    window.click("Yes, leave 2 rooms").await?;
    window.see("You left 2 rooms.").await?;
    clean(window, "rooms that were left").await?;
    window.screenshot("leaving-left").await?;
    Ok(())
}

#[tokio::test]
async fn rooms_are_chosen_and_put_in_order_without_a_mouse() -> Result<()> {
    let options = AppOptions { size: SIZE, ..AppOptions::default() };
    let scene = HeldUp::open(options, FOUR).await?;
    let window = &scene.window;
    window.see("The server asks to wait.").await?;
    go_to(window, "Pause").await?;
    window.press("Enter").await?;
    window.see("Paused.").await?;
    ensure!(focus(window).await? == "Go on", "the keyboard stays at the same place");
    go_to(window, "Stop…").await?;
    window.press("Enter").await?;
    window.see("Yes, stop").await?;
    ensure!(focus(window).await? == "Go on joining", "the harmless answer is the nearer one");
    window.press("Enter").await?;
    window.unsee("Yes, stop").await?;
    ensure!(focus(window).await? == "Stop…", "and leads back");
    go_to(window, "4 rooms to come").await?;
    window.press("Enter").await?;
    go_to(window, "Join Admins first").await?;
    window.press("Enter").await?;
    until("first", async || Ok(scene.to_come().await?[0] == "Admins")).await?;
    ensure!(focus(window).await? == "Join Admins first", "the button takes the keyboard along");
    go_to(window, "Cancel joining Outreach").await?;
    window.press("Enter").await?;
    window.see("3 rooms to come").await?;
    ensure!(focus(window).await? == "Cancel joining Tool authors", "the next one follows");

    go_to(window, "Choose several rooms").await?;
    window.press("Enter").await?;
    go_to(window, "Proteomics").await?;
    window.press("Space").await?;
    window.see("One room chosen").await?;
    go_to(window, "Join one room").await?;
    window.press("Enter").await?;
    window.see("4 rooms to come").await
}
