package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Callers that create tasks, one after the other each, and keep which were acknowledged. */
final class CreateLoad {
    private static final int CALLERS = 4;

    private final NodeProcesses processes;
    private final Duration deadline;
    private final String payload;
    private final String run = UUID.randomUUID().toString();
    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> callers = new ArrayList<>();
    private volatile boolean stopping;

    /**
     * Begins to call.
     *
     * @param deadline of each call
     * @param payloadBytes of each task
     */
    CreateLoad(NodeProcesses processes, Duration deadline, int payloadBytes) {
        this.processes = processes;
        this.deadline = deadline;
        payload = Base64.getEncoder().encodeToString(new byte[payloadBytes]);
        for (int caller = 0; caller < CALLERS; caller++) {
            int number = caller;
            Thread thread = new Thread(() -> call(number), "caller-" + number);
            thread.setDaemon(true);
            thread.start();
            callers.add(thread);
        }
    }

    private void call(int caller) {
        for (int count = 0; !stopping; count++) {
            String id = run + "-" + caller + "-" + count;
            try {
                String body = "{\"task_id\": \"" + id + "\", \"task\": {\"payload\": \"" + payload + "\"}}";
                HttpResponse<String> answer = processes.send("POST", "tasks", body, deadline);
                if (answer.statusCode() == 200) {
                    acknowledged.add(id);
                } else {
                    failures.add(answer.statusCode() + " " + answer.body());
                }
            } catch (IOException | InterruptedException e) {
                failures.add(e.toString());
            }
        }
    }

    long acknowledged() {
        return acknowledged.size();
    }

    /** What calls came to that were not acknowledged. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    /** Waits until so many more are acknowledged. */
    void awaitMore(long count) throws Exception {
        long enough = acknowledged() + count;
        NodeProcesses.awaitThat(enough + " tasks are acknowledged", () -> acknowledged() >= enough);
    }

    /** Calls no more; returns when the last calls were answered. */
    void stop() throws InterruptedException {
        stopping = true;
        for (Thread caller : callers) {
            caller.join(deadline.plusSeconds(30).toMillis());
            assertThat(caller.isAlive()).isFalse();
        }
    }

    /** Calls no more, and checks that no call has failed, and that all tasks are there. */
    void stopAndCheckThatNoneFailed() throws IOException, InterruptedException {
        stop();
        assertThat(failures()).isEmpty();
        assertAllAreThere();
    }

    void assertAllAreThere() throws IOException, InterruptedException {
        assertFirstAreAt(processes, acknowledged());
    }

    /** Checks that so many tasks that were acknowledged first are there, too. */
    void assertFirstAreAt(NodeProcesses others, long count) throws IOException, InterruptedException {
        List<String> lost = new ArrayList<>();
        for (String id : acknowledged.stream().limit(count).toList()) {
            if (others.send("GET", "tasks/" + id, "", deadline).statusCode() != 200) {
                lost.add(id);
            }
        }
        assertThat(lost).as("acknowledged, and gone").isEmpty();
    }
}
