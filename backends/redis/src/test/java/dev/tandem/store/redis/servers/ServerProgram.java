package dev.tandem.store.redis.servers;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.embedded.core.ExecutableProvider;

/**
 * The program that runs as a test server: {@code redis-server} or {@code valkey-server} of the PATH, or the one that
 * the embedded-redis artifact carries, whichever is newest. {@code TANDEM_TEST_REDIS} names another.
 */
final class ServerProgram {
    private static final Pattern VERSION = Pattern.compile("v=(\\d+)\\.(\\d+)");

    private record Candidate(Path path, int version) {}

    private ServerProgram() {}

    /** Chosen once for a JVM; unpacked into {@code folder} if need be. */
    static Path choose(Path folder) {
        String named = System.getenv("TANDEM_TEST_REDIS");
        if (named != null) {
            return Path.of(named);
        }
        Candidate best = new Candidate(unpack(folder), 0);
        best = new Candidate(best.path(), version(best.path()));
        for (Path found : onPath()) {
            int version = version(found);
            if (version > best.version()) {
                best = new Candidate(found, version);
            }
        }
        return best.path();
    }

    private static Path unpack(Path folder) {
        try {
            File program =
                    ExecutableProvider.newJarResourceProvider(folder.toFile()).get();
            return program.toPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> onPath() {
        List<Path> found = new ArrayList<>();
        String path = System.getenv("PATH");
        for (String folder : path == null ? new String[0] : path.split(File.pathSeparator, -1)) {
            for (String name : List.of("redis-server", "valkey-server")) {
                Path candidate = Path.of(folder, name);
                if (Files.isExecutable(candidate)) {
                    found.add(candidate);
                }
            }
        }
        return found;
    }

    /** Such as 602 for 6.2; 0 if the program does not run here. */
    private static int version(Path program) {
        try {
            Process process = new ProcessBuilder(program.toString(), "--version")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher version = VERSION.matcher(said);
            return version.find() ? Integer.parseInt(version.group(1)) * 100 + Integer.parseInt(version.group(2)) : 0;
        } catch (IOException e) {
            return 0;
        }
    }
}
