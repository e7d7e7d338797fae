package dev.tandem.app.cli;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command finds admin ports, and how it prints. */
final class AdminOptions {
    private static final String DEFAULT = "127.0.0.1:7421";

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "Admin ports, with commas between. Default: TANDEM_ADMIN, or " + DEFAULT + ".")
    private @Nullable List<String> admin;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean isJson;

    List<String> addresses(Map<String, String> environment) {
        return admin == null ? List.of(environment.getOrDefault("TANDEM_ADMIN", DEFAULT)) : admin;
    }

    /** The one admin port that is named. */
    AdminPort port(Map<String, String> environment) {
        List<String> addresses = addresses(environment);
        if (addresses.size() != 1) {
            throw new BadInput("--admin must name one admin port here");
        }
        return new AdminPort(addresses.get(0));
    }
}
