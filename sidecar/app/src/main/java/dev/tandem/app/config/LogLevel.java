package dev.tandem.app.config;

/** What is logged: this and all that is graver. */
public enum LogLevel {
    TRACE,
    DEBUG,
    INFO,
    WARN,
    ERROR
}
