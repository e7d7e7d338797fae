package dev.tandem.bench;

import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A sidecar that the benchmark has started, with a store in a folder of its own. */
final class SidecarProcess implements AutoCloseable {
    /** The memory options of the launcher, for a sidecar that is started without it. */
    private static final List<String> OPTIONS = List.of(
            "-XX:+UseSerialGC",
            "-Xms8m",
            "-Xmx96m",
            "-XX:MaxDirectMemorySize=64m",
            "-XX:ReservedCodeCacheSize=64m",
            "-Dio.netty.allocator.numDirectArenas=1",
            "-Dio.netty.allocator.numHeapArenas=1");

    private final ChildProcess process;
    private final SocketAddress address;
    private final long readyNanos;

    private SidecarProcess(ChildProcess process, SocketAddress address, long readyNanos) {
        this.process = process;
        this.address = address;
        this.readyNanos = readyNanos;
    }

    /**
     * The command up to {@code sidecar}.
     *
     * @param launcher the program's launcher; null to run the main class {@code program} with this process's Java
     */
    static List<String> command(@Nullable Path launcher, String program) {
        List<String> command =
                new ArrayList<>(launcher == null ? ChildProcess.java(OPTIONS, program) : List.of(launcher.toString()));
        command.add("sidecar");
        return command;
    }

    /** Starts a sidecar and waits until it has answered a call. */
    static SidecarProcess start(Vertx vertx, List<String> command, String store, Path folder) {
        int port = ChildProcess.freePort();
        List<String> whole = new ArrayList<>(command);
        whole.addAll(List.of("--listen", "127.0.0.1:" + port));
        whole.addAll(List.of("--admin", "127.0.0.1:" + ChildProcess.freePort()));
        whole.addAll(List.of("--store", store));
        ChildProcess process = ChildProcess.start("sidecar", whole, folder);
        SocketAddress address = SocketAddress.inetSocketAddress(port, "127.0.0.1");
        try {
            Wire wire = new Wire(vertx, address, 1);
            try {
                ApiCalls calls = new ApiCalls(wire, () -> "default");
                return new SidecarProcess(process, address, process.awaitAnswer(() -> calls.get("nothing")));
            } finally {
                wire.close();
            }
        } catch (RuntimeException e) {
            process.close();
            throw e;
        }
    }

    ChildProcess process() {
        return process;
    }

    SocketAddress address() {
        return address;
    }

    /** From the start of the process to the first answered call. */
    long readyNanos() {
        return readyNanos;
    }

    @Override
    public void close() {
        process.close();
    }
}
