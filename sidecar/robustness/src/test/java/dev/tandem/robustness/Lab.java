package dev.tandem.robustness;

import dev.tandem.testkit.FreePorts;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * What a test with processes needs around it: a folder, a seed, and the cleaning up. A failure comes with the seed, the
 * command that repeats it, and what the processes printed.
 */
final class Lab implements BeforeEachCallback, AfterEachCallback, TestExecutionExceptionHandler {
    /** Set to repeat a run. The clients then do the same; how the processes meet is still up to the machine. */
    static final String SEED_PROPERTY = "tandem.seed";

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Deque<TandemProcess> processes = new ArrayDeque<>();
    private Path folder;
    private Vertx vertx;
    private long seed;

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        folder = Files.createTempDirectory("tandem-robustness");
        seed = Long.getLong(SEED_PROPERTY, new Random().nextLong());
        System.out.println(repeat(context));
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    }

    private String repeat(ExtensionContext context) {
        String profile = context.getTags().contains("long") ? " -Plong" : "";
        return context.getDisplayName() + ": again by ./mvnw verify -pl sidecar/robustness -am" + profile + " -Dtest="
                + context.getRequiredTestClass().getSimpleName() + "#"
                + context.getRequiredTestMethod().getName() + " -Dsurefire.failIfNoSpecifiedTests=false -D"
                + SEED_PROPERTY + "=" + seed;
    }

    long seed() {
        return seed;
    }

    Vertx vertx() {
        return vertx;
    }

    Path folder() {
        return folder;
    }

    /** A sidecar that was not started yet, on a file in the folder. */
    SidecarProcess sidecar(String... flags) {
        return add(new SidecarProcess(folder.resolve("tandem.db"), flags));
    }

    /** A sidecar that was not started yet, over the Redis or the store nodes that {@code url} names. */
    SidecarProcess sidecarOver(String url, String... flags) {
        return add(new SidecarProcess(url, FreePorts.next(), List.of(), flags));
    }

    <T extends TandemProcess> T add(T process) {
        processes.add(process);
        return closing(process);
    }

    <T extends AutoCloseable> T closing(T resource) {
        open.push(resource);
        return resource;
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        System.out.println("FAILED " + repeat(context));
        for (TandemProcess process : processes) {
            System.out.println("--- " + process + " said");
            System.out.println(process.output());
        }
        throw failure;
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        for (AutoCloseable resource : open) {
            resource.close();
        }
        Workload.await(vertx.close());
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        }
    }
}
