//! The handle of the task that runs a peer: what whoever negotiates for it can ask.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::ParticipantStats;
use super::driver::{Change, Command, Driver};
use crate::error::ClientError;
use crate::participant::{ParticipantEvent, local_address};

/// A transport that is not up by then will not be.
const CONNECTED_WITHIN: Duration = Duration::from_secs(15);

/// The peer ends when the last handle is dropped.
pub struct Media {
    driver: mpsc::Sender<Command>,
}

impl Media {
    /// On the address that leads to `origin`.
    pub async fn start(origin: &str, events: mpsc::Sender<ParticipantEvent>) -> Result<Self, ClientError> {
        let local = local_address(origin).await?;
        Ok(Self { driver: Driver::start(local, events).await? })
    }

    /// Adds a track to the next offer; its mid.
    pub async fn add(&self, change: Change) -> Result<String, ClientError> {
        self.ask(|reply| Command::Add { change, reply }).await
    }

    pub async fn stop(&self, mid: &str) -> Result<(), ClientError> {
        self.command(Command::Stop { mid: mid.to_owned() }).await
    }

    pub async fn mute(&self, mid: &str, muted: bool) -> Result<(), ClientError> {
        self.command(Command::Mute { mid: mid.to_owned(), muted }).await
    }

    pub async fn offer(&self) -> Result<String, ClientError> {
        self.ask(|reply| Command::Offer { reply }).await
    }

    pub async fn answer(&self, answer: String) -> Result<(), ClientError> {
        let taken = self.ask(|reply| Command::Answer { answer, reply }).await?;
        taken.map_err(|error| ClientError::Protocol(error.to_string()))
    }

    pub async fn connected(&self) -> Result<(), ClientError> {
        let connected = self.ask(|reply| Command::WaitConnected { reply });
        tokio::time::timeout(CONNECTED_WITHIN, connected)
            .await
            .map_err(|_| ClientError::Transport("no connection in time".to_owned()))??
            .map_err(ClientError::Transport)
    }

    pub async fn stats(&self) -> Result<ParticipantStats, ClientError> {
        self.ask(|reply| Command::Stats { reply }).await
    }

    /// Says goodbye to the server.
    pub async fn close(self) -> Result<(), ClientError> {
        self.ask(|reply| Command::Close { reply }).await
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, ClientError> {
        let (reply, answer) = oneshot::channel();
        self.command(command(reply)).await?;
        answer.await.map_err(|_| ClientError::Closed)
    }

    async fn command(&self, command: Command) -> Result<(), ClientError> {
        self.driver.send(command).await.map_err(|_| ClientError::Closed)
    }
}
