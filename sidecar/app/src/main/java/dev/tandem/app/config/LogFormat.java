package dev.tandem.app.config;

/** How a log line looks. */
public enum LogFormat {
    /** Text on a terminal, JSON otherwise. */
    AUTO,
    /** A line for people. */
    TEXT,
    /** One JSON object a line. */
    JSON
}
