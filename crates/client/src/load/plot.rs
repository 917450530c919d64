//! The picture beside the scoreboard: a panel for each figure over the number of members, a line for each server and traffic.

use std::fmt::Write as _;

use super::report::{Figure, MEMORY_MEMBERS_MIN, Measured, Run};

const PANEL_WIDTH: f64 = 360.0;
const PANEL_HEIGHT: f64 = 260.0;
const MARGIN: f64 = 44.0;
const LEGEND_LINE: f64 = 18.0;
/// Tell apart by lightness too.
const COLOURS: [&str; 8] = ["#0b5394", "#e07b00", "#38761d", "#990000", "#674ea7", "#00838f", "#8d6e63", "#555555"];

struct Panel {
    title: &'static str,
    figure: fn(&Run) -> f64,
    members_min: usize,
}

const PANELS: [Panel; 4] = [
    Panel { title: "server CPU, µs per packet", figure: |run| run.server_cpu_us_per_packet, members_min: 1 },
    Panel { title: "latency p50, ms", figure: |run| run.latency_ms_p50, members_min: 1 },
    Panel { title: "latency p99, ms", figure: |run| run.latency_ms_p99, members_min: 1 },
    Panel { title: "memory per member, KB", figure: |run| run.memory_kb_per_member, members_min: MEMORY_MEMBERS_MIN },
];

/// What one server did with one traffic, by the number of members.
struct Series<'a> {
    name: String,
    points: Vec<&'a Measured>,
}

/// Whiskers are ranges. Runs in which the client was the limit are left out.
pub fn svg(measured: &[Measured]) -> String {
    let series = series(measured);
    let (width, height) = (2.0 * PANEL_WIDTH, 2.0 * PANEL_HEIGHT + LEGEND_LINE * (series.len() as f64 + 1.0));
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
    );
    for (index, panel) in PANELS.iter().enumerate() {
        let (column, row) = ((index % 2) as f64, (index / 2) as f64);
        let _ = writeln!(out, "<g transform=\"translate({} {})\">", column * PANEL_WIDTH, row * PANEL_HEIGHT);
        panel.draw(&series, &mut out);
        out.push_str("</g>\n");
    }
    for (index, of) in series.iter().enumerate() {
        let y = 2.0 * PANEL_HEIGHT + LEGEND_LINE * (index as f64 + 0.7);
        let _ = writeln!(
            out,
            "<rect x=\"{MARGIN}\" y=\"{}\" width=\"14\" height=\"4\" fill=\"{}\"/><text x=\"{}\" y=\"{y}\">{}</text>",
            y - 6.0,
            colour(index),
            MARGIN + 22.0,
            of.name,
        );
    }
    out.push_str("</svg>\n");
    out
}

fn series(measured: &[Measured]) -> Vec<Series<'_>> {
    let mut series: Vec<Series<'_>> = Vec::new();
    for of in measured {
        let name = format!("{}, {}", of.server, of.scenario.traffic.name());
        match series.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.push(of),
            None => series.push(Series { name, points: vec![of] }),
        }
    }
    for series in &mut series {
        series.points.sort_unstable_by_key(|point| point.scenario.size);
    }
    series
}

fn colour(index: usize) -> &'static str {
    COLOURS[index % COLOURS.len()]
}

impl Panel {
    fn draw(&self, series: &[Series<'_>], out: &mut String) {
        let lines: Vec<Vec<(usize, Figure)>> = series.iter().map(|series| self.points(series)).collect();
        let all = || lines.iter().flatten();
        let top = nice(all().map(|(_, figure)| figure.max).fold(0.0, f64::max));
        let sizes = all().map(|(size, _)| (*size as f64).log10());
        let (low, high) = sizes.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let (left, right, bottom, upper) = (MARGIN, PANEL_WIDTH - 16.0, PANEL_HEIGHT - MARGIN, 30.0);
        let span = if high > low { high - low } else { 1.0 };
        let x = |size: usize| left + 10.0 + ((size as f64).log10() - low) / span * (right - left - 20.0);
        let y = |value: f64| bottom - value / top * (bottom - upper);

        let _ = writeln!(out, "<text x=\"{left}\" y=\"18\" font-weight=\"bold\">{}</text>", self.title);
        for step in 0..=4 {
            let value = top * f64::from(step) / 4.0;
            let at = y(value);
            let _ = writeln!(
                out,
                "<line x1=\"{left}\" y1=\"{at:.1}\" x2=\"{right}\" y2=\"{at:.1}\" stroke=\"#dddddd\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 4.0,
                at + 4.0,
                short(value),
            );
        }
        let mut sizes: Vec<usize> = all().map(|(size, _)| *size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        for size in sizes {
            let _ = writeln!(
                out,
                "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{size}</text>",
                x(size),
                bottom + 14.0
            );
        }
        let _ = writeln!(out, "<text x=\"{right}\" y=\"{}\" text-anchor=\"end\">members</text>", bottom + 28.0);
        for (index, line) in lines.iter().enumerate() {
            let colour = colour(index);
            let path: Vec<String> =
                line.iter().map(|(size, figure)| format!("{:.1},{:.1}", x(*size), y(figure.median))).collect();
            let _ = writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
                path.join(" ")
            );
            for (size, figure) in line {
                let at = x(*size);
                let _ = writeln!(
                    out,
                    "<line x1=\"{at:.1}\" y1=\"{:.1}\" x2=\"{at:.1}\" y2=\"{:.1}\" stroke=\"{colour}\"/>\
                     <circle cx=\"{at:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>",
                    y(figure.min),
                    y(figure.max),
                    y(figure.median),
                );
            }
        }
    }

    fn points(&self, series: &Series<'_>) -> Vec<(usize, Figure)> {
        let shown = series.points.iter().filter(|point| point.scenario.size >= self.members_min);
        shown
            .filter_map(|point| {
                let valid: Vec<f64> = point.runs.iter().filter(|run| !run.is_void()).map(self.figure).collect();
                (!valid.is_empty()).then(|| (point.scenario.size, Figure::from(valid)))
            })
            .collect()
    }
}

/// The next number above with one digit that quarters well.
fn nice(value: f64) -> f64 {
    let power = 10f64.powf(value.max(1e-6).log10().floor());
    [1.0, 2.0, 4.0, 8.0, 10.0].into_iter().map(|step| step * power).find(|top| *top >= value).unwrap_or(value)
}

fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::report::tests::{measured, run};

    #[test]
    fn a_line_for_each_server_and_traffic_without_runs_that_measured_the_client() {
        let picture = svg(&[
            measured("exedra", "video:200", vec![run(3.0, 0.5)]),
            measured("exedra", "video:50", vec![run(2.0, 0.5)]),
            measured("exedra", "audio:50", vec![run(2.0, 0.9)]),
        ]);
        assert!(picture.contains(">exedra, video<") && picture.contains(">exedra, audio<"), "{picture}");
        assert_eq!(picture.matches("<circle").count(), 4 * 2, "{picture}");
        assert!(!picture.contains("NaN"), "{picture}");
    }

    #[test]
    fn scales_end_above_what_they_show() {
        for (value, top) in [(0.3, 0.4), (4.0, 4.0), (88.0, 100.0), (420.0, 800.0)] {
            assert!((nice(value) - top).abs() < 1e-9, "{value}");
        }
    }
}
