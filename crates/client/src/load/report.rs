//! Results: figures of repeated runs as medians with ranges, as JSON for machines and Markdown for people.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use serde::Serialize;

/// A client thread busier than this measured itself, not the server.
const CLIENT_CORE_MAX: f64 = 0.85;

/// One measured window.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    pub subscribers: usize,
    /// Delivered to subscribers.
    pub packets_per_second: f64,
    pub published_per_second: f64,
    pub server_cpu_us_per_packet: f64,
    /// Cores the server kept busy.
    pub server_cores: f64,
    /// Share of packets that never arrived.
    pub loss: f64,
    /// Datagrams the kernel dropped at our own sockets (or others' on this machine): the client's fault, not the server's.
    pub client_kernel_drops: u64,
    pub latency_ms_p50: f64,
    pub latency_ms_p99: f64,
    pub memory_kb_per_subscriber: f64,
    pub join_ms_p50: f64,
    /// Busy share of the busiest subscriber thread.
    pub client_core_max: f64,
}

impl Run {
    pub fn is_void(&self) -> bool {
        self.client_core_max > CLIENT_CORE_MAX || self.client_kernel_drops > 0
    }
}

/// Repetitions of one scenario.
#[derive(Debug, Clone, Serialize)]
pub struct Scenario {
    pub name: String,
    pub subscribers: usize,
    pub runs: Vec<Run>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub commit: String,
    pub machine: String,
    pub kernel: String,
    /// Of the machine when the run began, over one minute: other work on it makes every figure worse.
    pub load_before: f64,
    pub server_cores: String,
    pub client_cores: Vec<usize>,
    pub window_s: f64,
    pub scenarios: Vec<Scenario>,
    /// What the micro benchmark of the forwarding path printed in the same run.
    pub forward: Option<String>,
}

/// A median with its range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Figure {
    pub fn of(runs: &[Run], figure: impl Fn(&Run) -> f64) -> Self {
        let mut values: Vec<f64> = runs.iter().map(figure).collect();
        values.sort_unstable_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let last = values.len().saturating_sub(1);
        let median = (at(last / 2) + at(last.div_ceil(2))) / 2.0;
        Self { median, min: at(0), max: at(last) }
    }

    fn show(self, digits: usize) -> String {
        let Self { median, min, max } = self;
        format!("{median:.digits$} ({min:.digits$}–{max:.digits$})")
    }
}

impl Report {
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "# Scoreboard\n\n## End to end\n\n\
             One publisher, N native subscribers on loopback; AES-GCM; 30 frames/s of 5 × 1,100 bytes and Opus of 50 × 100 \
             bytes a second, or the Opus alone. Medians (and ranges) of repeated windows of {:.0} s. Written by `make bench`; \
             compare figures of one run only, and no differences below 15 %.\n\n\
             Commit `{}`, {}, Linux {}, load average {:.1} before the run, server on core {}, subscribers on cores {:?}.\n\n\
             | traffic | N | packets/s | server CPU µs per packet | server cores | loss % | latency ms p50 | p99 | \
             memory KB per subscriber | join ms p50 | busiest client core % | |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n",
            self.window_s,
            self.commit,
            self.machine,
            self.kernel,
            self.load_before,
            self.server_cores,
            self.client_cores
        );
        for scenario in &self.scenarios {
            let figure = |of: fn(&Run) -> f64, digits| Figure::of(&scenario.runs, of).show(digits);
            let void = scenario.runs.iter().filter(|run| run.is_void()).count();
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                scenario.name,
                scenario.subscribers,
                figure(|run| run.packets_per_second, 0),
                figure(|run| run.server_cpu_us_per_packet, 2),
                figure(|run| run.server_cores, 2),
                figure(|run| run.loss * 100.0, 3),
                figure(|run| run.latency_ms_p50, 2),
                figure(|run| run.latency_ms_p99, 2),
                figure(|run| run.memory_kb_per_subscriber, 0),
                figure(|run| run.join_ms_p50, 0),
                figure(|run| run.client_core_max * 100.0, 0),
                if void > 0 {
                    format!("{void} of {} void: the client was the limit", scenario.runs.len())
                } else {
                    String::new()
                },
            );
        }
        if let Some(forward) = &self.forward {
            let _ = write!(out, "\n## Forwarding without system calls\n\n```text\n{}\n```\n", forward.trim_end());
        }
        out
    }
}

/// Writes `scoreboard.json` and `scoreboard.md` into `directory`.
pub fn write_report(report: &Report, directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let json = serde_json::to_string_pretty(report).map_err(io::Error::other)?;
    std::fs::write(directory.join("scoreboard.json"), json + "\n")?;
    std::fs::write(directory.join("scoreboard.md"), report.markdown())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(server_cpu_us_per_packet: f64, client_core_max: f64) -> Run {
        Run {
            subscribers: 10,
            packets_per_second: 2_000.0,
            published_per_second: 200.0,
            server_cpu_us_per_packet,
            server_cores: 0.1,
            loss: 0.0,
            client_kernel_drops: 0,
            latency_ms_p50: 0.2,
            latency_ms_p99: 0.4,
            memory_kb_per_subscriber: 40.0,
            join_ms_p50: 12.0,
            client_core_max,
        }
    }

    #[test]
    fn figures_are_medians_with_ranges_and_a_busy_client_voids_a_run() {
        let runs = vec![run(3.0, 0.5), run(1.0, 0.9), run(2.0, 0.5)];
        let figure = Figure::of(&runs, |run| run.server_cpu_us_per_packet);
        assert_eq!(figure, Figure { median: 2.0, min: 1.0, max: 3.0 });
        assert_eq!(Figure::of(&runs[..2], |run| run.server_cpu_us_per_packet).median, 2.0);
        let report = Report {
            commit: "abc".to_owned(),
            machine: "m".to_owned(),
            kernel: "k".to_owned(),
            load_before: 0.1,
            server_cores: "0".to_owned(),
            client_cores: vec![1],
            window_s: 5.0,
            scenarios: vec![Scenario { name: "video".to_owned(), subscribers: 10, runs }],
            forward: Some("260 ns".to_owned()),
        };
        let markdown = report.markdown();
        assert!(markdown.contains("| 2.00 (1.00–3.00) |"), "{markdown}");
        assert!(markdown.contains("1 of 3 void"), "{markdown}");
        assert!(markdown.contains("260 ns"), "{markdown}");
    }
}
