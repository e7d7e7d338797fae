package dev.tandem.bench;

import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;

/** A sidecar that the benchmark has started. */
final class SidecarProcess implements AutoCloseable {
    private final ChildProcess process;
    private final SocketAddress address;
    private final int adminPort;
    private long readyNanos;

    private SidecarProcess(ChildProcess process, SocketAddress address, int adminPort) {
        this.process = process;
        this.address = address;
        this.adminPort = adminPort;
    }

    /**
     * Starts a sidecar, which does not answer yet.
     *
     * @param name by which it is told from others of the run
     * @param flags of {@code tandem sidecar}, beyond those for its ports
     */
    static SidecarProcess launch(Stage stage, Program program, String name, List<String> flags) {
        int port = ChildProcess.freePort();
        int adminPort = ChildProcess.freePort();
        List<String> command = new ArrayList<>(program.command("sidecar"));
        command.addAll(List.of("--listen", "127.0.0.1:" + port));
        command.addAll(List.of("--admin", "127.0.0.1:" + adminPort));
        command.addAll(flags);
        return new SidecarProcess(
                ChildProcess.start(name, command, stage.folder()),
                SocketAddress.inetSocketAddress(port, "127.0.0.1"),
                adminPort);
    }

    /** Starts a sidecar and waits until it has answered a call. */
    static SidecarProcess start(Stage stage, Program program, String name, List<String> flags) {
        SidecarProcess sidecar = launch(stage, program, name, flags);
        sidecar.awaitReady(stage);
        return sidecar;
    }

    /**
     * Waits until it has answered a call. If it does not, it is closed.
     *
     * @return how long after its start
     */
    long awaitReady(Stage stage) {
        Wire wire = new Wire(stage.vertx(), address, 1);
        ApiCalls calls = new ApiCalls(wire, () -> "default");
        try {
            readyNanos = process.awaitAnswer(() -> calls.get("nothing"));
            return readyNanos;
        } catch (RuntimeException e) {
            process.close();
            throw e;
        } finally {
            wire.close();
        }
    }

    ChildProcess process() {
        return process;
    }

    SocketAddress address() {
        return address;
    }

    int adminPort() {
        return adminPort;
    }

    /** From its last start to the first answered call; 0 before that. */
    long readyNanos() {
        return readyNanos;
    }

    @Override
    public void close() {
        process.close();
    }
}
