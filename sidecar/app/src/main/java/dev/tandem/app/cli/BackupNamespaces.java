package dev.tandem.app.cli;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which namespaces a backup is about. */
final class BackupNamespaces {
    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            description = "Only this one; may be given several times. Default: all that there are.")
    private @Nullable List<String> names;

    List<String> names() {
        return names == null ? List.of() : names;
    }

    /** As a page of the admin port is asked for them. */
    String parameters() {
        return names().stream()
                .map(name -> "namespace=" + AdminPort.encoded(name))
                .collect(Collectors.joining("&"));
    }
}
