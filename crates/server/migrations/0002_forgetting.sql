-- The oldest events are looked for with each that comes.
CREATE INDEX call_events_by_time ON call_events (at_ms);
