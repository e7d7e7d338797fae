package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import dev.tandem.client.TandemClient;
import dev.tandem.client.TandemException;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.ListTasksRequest;
import dev.tandem.v1.Task;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A disk that has no room, and has some again later. */
class FullDiskTest {
    private static final Duration CALL_MAX = Duration.ofSeconds(30);
    private static final Duration PROGRESS_MAX = Duration.ofSeconds(60);
    private static final String DISK_MIB = "4";
    private static final int PAYLOAD_BYTES = 100_000;
    private static final int TASKS_MAX = 200;

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void write_fullDisk_isNotAppliedAndServiceResumesWhenThereIsRoom() throws IOException {
        Path disk = Files.createDirectory(lab.folder().resolve("disk"));
        assumeTrue(mount("-t", "tmpfs", "-o", "size=" + DISK_MIB + "m", "tmpfs", disk.toString()), "may not mount");
        lab.closing(() -> TandemProcess.run("umount", "-l", disk.toString()));
        SidecarProcess sidecar = lab.add(new SidecarProcess(disk.resolve("tandem.db")));
        sidecar.start();

        fillAndMakeRoom(sidecar, () -> TandemProcess.run("mount", "-o", "remount,size=64m", disk.toString()));
    }

    /** The same with a limit on the size of files, which is not the same to SQLite: a failed write, not a full disk. */
    @Test
    void write_fileAtItsLargest_isNotAcknowledgedAndServiceResumesWhenItMayGrow() {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "no prlimit");
        SidecarProcess sidecar = lab.sidecar();
        sidecar.start();
        limitFiles(sidecar, Integer.toString(2 << 20));

        fillAndMakeRoom(sidecar, () -> limitFiles(sidecar, "unlimited"));
    }

    private static void limitFiles(SidecarProcess sidecar, String bytes) {
        TandemProcess.run("prlimit", "--pid", Long.toString(sidecar.pid()), "--fsize=" + bytes + ":unlimited");
    }

    private void fillAndMakeRoom(SidecarProcess sidecar, Runnable makeRoom) {
        Workload work = lab.closing(new Workload(lab.vertx(), sidecar.address(), lab.seed(), 4, CALL_MAX));
        TandemClient client = lab.closing(TandemClient.connect(lab.vertx(), Workload.options(sidecar.address())));
        work.start();
        work.progress().awaitMore(Progress.ACKNOWLEDGED, 40, PROGRESS_MAX);

        TreeMap<String, Task> made = new TreeMap<>();
        TandemException full = fill(client, made);
        assertThat(full.code()).isIn(GrpcStatus.UNAVAILABLE, GrpcStatus.UNKNOWN);
        assertThat(full.reason()).isEqualTo(full.maybeApplied() ? "MAYBE_APPLIED" : "NOT_APPLIED");
        assertThat(full.getMessage()).containsAnyOf("is full; make room on it", "check the disk");
        // What is there can still be read.
        assertThat(Workload.await(client.tasks(CALL_MAX).getTask(get(made.firstKey()))))
                .isEqualTo(made.firstEntry().getValue());
        work.progress().awaitMore(full.reason(), 5, PROGRESS_MAX);

        makeRoom.run();
        work.progress().awaitMore(Progress.ACKNOWLEDGED, 40, PROGRESS_MAX);
        Task after = Workload.await(client.tasks(CALL_MAX).createTask(create("after")));
        made.put("after", after);
        work.finish();
        System.out.println("full disk: " + work.progress() + ", first seen as " + full.getMessage());
        work.check();
        boolean isCertain = !full.maybeApplied();
        assertHolds(client, made, isCertain);

        sidecar.kill();
        sidecar.start();
        assertHolds(client, made, isCertain);
    }

    /** Creates large tasks until one is refused. */
    private static TandemException fill(TandemClient client, SortedMap<String, Task> made) {
        for (int i = 0; i < TASKS_MAX; i++) {
            String id = "large" + i;
            Future<Task> call = client.tasks(CALL_MAX).createTask(create(id));
            Throwable failure = Workload.await(call.<Throwable>map(task -> {
                        made.put(id, task);
                        return new IllegalStateException("it was made");
                    })
                    .otherwise(refused -> refused));
            if (failure instanceof TandemException refused) {
                return refused;
            }
        }
        throw new AssertionError("the disk does not get full");
    }

    private static void assertHolds(TandemClient client, SortedMap<String, Task> made, boolean isCertain) {
        ListTasksRequest all = ListTasksRequest.newBuilder()
                .setNamespace("large")
                .setPageSize(1000)
                .build();
        TreeMap<String, Task> there = new TreeMap<>();
        Workload.await(client.tasks(CALL_MAX).listTasks(all))
                .getTasksList()
                .forEach(task -> there.put(task.getTaskId(), task));
        if (isCertain) {
            assertThat(there).as("acknowledged, and nothing else").isEqualTo(made);
        } else {
            assertThat(there).as("acknowledged").containsAllEntriesOf(made);
        }
    }

    private static GetTaskRequest get(String id) {
        return GetTaskRequest.newBuilder().setNamespace("large").setTaskId(id).build();
    }

    private static CreateTaskRequest create(String id) {
        return CreateTaskRequest.newBuilder()
                .setNamespace("large")
                .setTaskId(id)
                .setTask(Task.newBuilder().setPayload(ByteString.copyFrom(new byte[PAYLOAD_BYTES])))
                .build();
    }

    private static boolean mount(String... arguments) {
        try {
            String[] command = new String[arguments.length + 1];
            command[0] = "mount";
            System.arraycopy(arguments, 0, command, 1, arguments.length);
            TandemProcess.run(command);
            return true;
        } catch (RuntimeException e) {
            return false; // not everybody may
        }
    }
}
