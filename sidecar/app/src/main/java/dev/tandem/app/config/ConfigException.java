package dev.tandem.app.config;

import java.util.List;

/** A configuration that can't be used: everything that is wrong with it, a sentence each. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems; // never serialized, though every exception could be

    ConfigException(List<String> problems) {
        super(String.join("\n", problems), null, false, false);
        this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
        return problems;
    }
}
