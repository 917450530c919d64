//! Results: figures of repeated runs as medians with ranges, as JSON for machines, Markdown for people, and a picture.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::plot;
use super::scenario::Scenario;

/// A client core busier than this measured itself, not the server.
pub const CLIENT_CORE_MAX: f64 = 0.85;

/// Ratios nearer to 1 than this are not claimed.
const CLAIMED_FROM: f64 = 0.15;

/// With fewer members, what a process takes now and then is more than what they cost.
pub const MEMORY_MEMBERS_MIN: usize = 50;

/// One measured window.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// Delivered to members.
    pub packets_per_second: f64,
    pub published_per_second: f64,
    /// Share of the tracks members wait for of which anything came.
    pub tracks_live: f64,
    pub server_cpu_us_per_packet: f64,
    /// Cores the server kept busy.
    pub server_cores: f64,
    /// Share of packets that never arrived.
    pub loss: f64,
    /// Datagrams the kernel dropped at our own sockets (or others' on this machine): the client's fault, not the server's.
    pub client_kernel_drops: u64,
    pub latency_ms_p50: f64,
    pub latency_ms_p99: f64,
    pub memory_kb_per_member: f64,
    pub join_ms_p50: f64,
    /// Busy share of the busiest thread of members, or of all our cores if that is more.
    pub client_core_max: f64,
    /// What every handshake agreed on.
    pub srtp_profile: String,
}

impl Run {
    pub fn is_void(&self) -> bool {
        self.client_core_max > CLIENT_CORE_MAX || self.client_kernel_drops > 0
    }
}

/// Repetitions of one scenario on one server.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    pub server: String,
    pub scenario: Scenario,
    pub runs: Vec<Run>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Environment {
    pub commit: String,
    pub machine: String,
    pub kernel: String,
    /// Of the machine when the run began, over one minute: other work on it makes every figure worse.
    pub load_before: f64,
    pub server_core: usize,
    pub client_cores: Vec<usize>,
    pub window_s: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub title: String,
    /// Beside the text and the data: `<name>.svg`.
    pub name: String,
    pub environment: Environment,
    pub measured: Vec<Measured>,
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
        Self::from(runs.iter().map(figure).collect::<Vec<_>>())
    }

    fn show(self, digits: usize) -> String {
        let Self { median, min, max } = self;
        format!("{median:.digits$} ({min:.digits$}–{max:.digits$})")
    }
}

impl From<Vec<f64>> for Figure {
    fn from(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let last = values.len().saturating_sub(1);
        let median = (at(last / 2) + at(last.div_ceil(2))) / 2.0;
        Self { median, min: at(0), max: at(last) }
    }
}

impl Measured {
    fn row(&self, out: &mut String) {
        let figure = |of: fn(&Run) -> f64, digits| Figure::of(&self.runs, of).show(digits);
        let memory = match self.scenario.size < MEMORY_MEMBERS_MIN {
            true => "–".to_owned(),
            false => figure(|run| run.memory_kb_per_member, 0),
        };
        let void = self.runs.iter().filter(|run| run.is_void()).count();
        let mut remarks = Vec::new();
        if void > 0 {
            remarks.push(format!("{void} of {} void: the client was the limit", self.runs.len()));
        }
        let live = Figure::of(&self.runs, |run| run.tracks_live * 100.0);
        if live.min < 100.0 {
            remarks.push(format!("{} % of tracks live", live.show(1)));
        }
        let cells = [
            self.server.clone(),
            self.scenario.traffic.name().to_owned(),
            self.scenario.size.to_string(),
            figure(|run| run.packets_per_second, 0),
            figure(|run| run.server_cpu_us_per_packet, 2),
            figure(|run| run.server_cores, 2),
            figure(|run| run.loss * 100.0, 3),
            figure(|run| run.latency_ms_p50, 2),
            figure(|run| run.latency_ms_p99, 2),
            memory,
            figure(|run| run.join_ms_p50, 0),
            figure(|run| run.client_core_max * 100.0, 0),
            self.runs.first().map(|run| run.srtp_profile.clone()).unwrap_or_default(),
            remarks.join("; "),
        ];
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}

impl Report {
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        let Environment { commit, machine, kernel, load_before, server_core, client_cores, window_s } =
            &self.environment;
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "# {}\n\n\
             Commit `{commit}`, {machine}, Linux {kernel}, load average {load_before:.1} before the run, server on core \
             {server_core}, load on cores {client_cores:?}. Medians (and ranges) of repeated windows of {window_s:.0} s; \
             how, and what it does not say: [README](README.md). Compare figures of one run only, and no differences below 15 %.\n\n\
             ![The same as a picture]({}.svg)\n\n\
             | server | traffic | N | packets/s | server CPU µs per packet | server cores | loss % | latency ms p50 | p99 | \
             memory KB per member | join ms p50 | busiest client core % | SRTP | |\n\
             |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|---|\n",
            self.title, self.name,
        );
        self.measured.iter().for_each(|measured| measured.row(&mut out));
        self.write_ratios(&mut out);
        self.write_client(&mut out);
        if let Some(forward) = &self.forward {
            let _ = write!(out, "\n## Forwarding without system calls\n\n```text\n{}\n```\n", forward.trim_end());
        }
        out
    }

    /// What others need of what the first server needs, repeat by repeat.
    fn write_ratios(&self, out: &mut String) {
        let Some(first) = self.measured.first().map(|measured| &measured.server) else { return };
        let others: Vec<_> = self.measured.iter().filter(|measured| measured.server != *first).collect();
        if others.is_empty() {
            return;
        }
        let _ = write!(
            out,
            "\n## Ratios to {first}\n\nOf the same repeat. “=” is a difference below 15 %; “void” is a repeat in which the client was the limit.\n\n\
             | server | traffic | N | CPU per packet | latency p50 | p99 | memory per member |\n|---|---|--:|--:|--:|--:|--:|\n",
        );
        for other in others {
            let ours = self.measured.iter().find(|of| of.server == *first && of.scenario == other.scenario);
            let Some(ours) = ours else { continue };
            let ratio = |of: fn(&Run) -> f64| {
                let pairs =
                    ours.runs.iter().zip(&other.runs).filter(|(ours, other)| !ours.is_void() && !other.is_void());
                let ratios: Vec<f64> = pairs.map(|(ours, other)| of(other) / of(ours)).collect();
                match ratios.is_empty() {
                    true => "void".to_owned(),
                    false => claim(Figure::from(ratios)),
                }
            };
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} |",
                other.server,
                other.scenario.traffic.name(),
                other.scenario.size,
                ratio(|run| run.server_cpu_us_per_packet),
                ratio(|run| run.latency_ms_p50),
                ratio(|run| run.latency_ms_p99),
                if other.scenario.size < MEMORY_MEMBERS_MIN {
                    "–".to_owned()
                } else {
                    ratio(|run| run.memory_kb_per_member)
                },
            );
        }
    }

    /// Whether it was the load generator that was measured.
    fn write_client(&self, out: &mut String) {
        let runs = || self.measured.iter().flat_map(|measured| &measured.runs);
        let busiest = runs().map(|run| run.client_core_max).fold(0.0, f64::max);
        let drops: u64 = runs().map(|run| run.client_kernel_drops).sum();
        let void = runs().filter(|run| run.is_void()).count();
        let published = |measured: &Measured| {
            let due = measured.scenario.traffic.shape().packets_per_second() * measured.scenario.publishers() as f64;
            Figure::of(&measured.runs, |run| run.published_per_second).min / due
        };
        let least = self.measured.iter().map(published).fold(f64::INFINITY, f64::min);
        let _ = write!(
            out,
            "\n## Was the load generator the bottleneck?\n\n\
             Its busiest core was {:.0} % busy at most (a run above {:.0} % is void), its sockets dropped {drops} datagrams, its \
             publishers sent at least {:.1} % of what was due, and {void} of {} runs are void. Every handshake agreed on the \
             SRTP profile in the table; a run whose members agreed on different ones fails.\n",
            busiest * 100.0,
            CLIENT_CORE_MAX * 100.0,
            least * 100.0,
            runs().count(),
        );
    }
}

/// A ratio, if there is enough of it.
fn claim(ratio: Figure) -> String {
    if (ratio.median - 1.0).abs() < CLAIMED_FROM { "=".to_owned() } else { format!("{} ×", ratio.show(2)) }
}

/// Writes `<name>.json`, `.md` and `.svg` into `directory`.
pub fn write_report(report: &Report, directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let json = serde_json::to_string_pretty(report).map_err(io::Error::other)?;
    let path = |extension| directory.join(format!("{}.{extension}", report.name));
    std::fs::write(path("json"), json + "\n")?;
    std::fs::write(path("svg"), plot::svg(&report.measured))?;
    std::fs::write(path("md"), report.markdown())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn run(server_cpu_us_per_packet: f64, client_core_max: f64) -> Run {
        Run {
            packets_per_second: 2_000.0,
            published_per_second: 200.0,
            tracks_live: 1.0,
            server_cpu_us_per_packet,
            server_cores: 0.1,
            loss: 0.0,
            client_kernel_drops: 0,
            latency_ms_p50: 0.2,
            latency_ms_p99: 0.4,
            memory_kb_per_member: 40.0,
            join_ms_p50: 12.0,
            client_core_max,
            srtp_profile: "AeadAes256Gcm".to_owned(),
        }
    }

    pub fn measured(server: &str, scenario: &str, runs: Vec<Run>) -> Measured {
        Measured { server: server.to_owned(), scenario: scenario.parse().expect("a scenario"), runs }
    }

    fn report(measured: Vec<Measured>) -> Report {
        let environment = Environment {
            commit: "abc".to_owned(),
            machine: "m".to_owned(),
            kernel: "k".to_owned(),
            load_before: 0.1,
            server_core: 0,
            client_cores: vec![1],
            window_s: 5.0,
        };
        let (title, name) = ("Scoreboard".to_owned(), "scoreboard".to_owned());
        Report { title, name, environment, measured, forward: Some("260 ns".to_owned()) }
    }

    #[test]
    fn figures_are_medians_with_ranges_and_a_busy_client_voids_a_run() {
        let runs = vec![run(3.0, 0.5), run(1.0, 0.9), run(2.0, 0.5)];
        let figure = Figure::of(&runs, |run| run.server_cpu_us_per_packet);
        assert_eq!(figure, Figure { median: 2.0, min: 1.0, max: 3.0 });
        assert_eq!(Figure::of(&runs[..2], |run| run.server_cpu_us_per_packet).median, 2.0);
        let markdown = report(vec![measured("exedra", "video:10", runs)]).markdown();
        for expected in ["| 2.00 (1.00–3.00) |", "1 of 3 void", "260 ns", "90 % busy", "1 of 3 runs are void"] {
            assert!(markdown.contains(expected), "{expected}: {markdown}");
        }
        assert!(!markdown.contains("Ratios"), "nothing to compare with");
    }

    #[test]
    fn others_are_compared_repeat_by_repeat_and_small_differences_and_void_repeats_are_not_claimed() {
        let ours = || vec![run(2.0, 0.5), run(4.0, 0.5), run(2.0, 0.5)];
        let markdown = report(vec![
            measured("exedra", "video:50", ours()),
            measured("slow", "video:50", vec![run(8.0, 0.5), run(12.0, 0.5), run(100.0, 0.9)]),
            measured("same", "video:50", vec![run(2.1, 0.5), run(4.1, 0.5), run(2.0, 0.5)]),
            measured("drowned", "video:50", vec![run(2.1, 0.9), run(4.1, 0.9), run(2.0, 0.9)]),
        ])
        .markdown();
        for expected in [
            "| slow | video | 50 | 3.50 (3.00–4.00) × | = | = | = |",
            "| same | video | 50 | = |",
            "| drowned | video | 50 | void |",
        ] {
            assert!(markdown.contains(expected), "{expected}: {markdown}");
        }
    }
}
