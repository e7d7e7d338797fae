package dev.tandem.app.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import dev.tandem.app.config.Formats;
import dev.tandem.v1.Lease;
import dev.tandem.v1.Task;
import dev.tandem.v1.TaskError;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** Prints what the API answered: JSON for programs, otherwise text for people. */
final class Printer {
    private static final int BYTES_SHOWN_MAX = 120;

    private final Terminal terminal;
    private final boolean isJson;
    private final Instant now = Instant.now();

    Printer(Terminal terminal, boolean isJson) {
        this.terminal = terminal;
        this.isJson = isJson;
    }

    boolean isJson() {
        return isJson;
    }

    /** Prints a message as one line of JSON, or else a text. */
    void print(MessageOrBuilder message, String text) {
        if (isJson) {
            json(message);
        } else {
            terminal.out().print(text);
        }
    }

    /** Prints a message as one line of JSON. */
    void json(MessageOrBuilder message) {
        try {
            terminal.out()
                    .println(JsonFormat.printer()
                            .preservingProtoFieldNames()
                            .omittingInsignificantWhitespace()
                            .print(message));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e); // only for an Any of an unknown type, of which there are none
        }
    }

    /** Prints that a task was changed. */
    void changed(Task task) {
        String due = task.getState() == Task.State.ENQUEUED
                        && time(task.getDueTime()).isAfter(now)
                ? ", due " + relative(task.getDueTime())
                : "";
        print(task, "task " + task.getTaskId() + " is " + task.getState() + due + " (etag " + task.getEtag() + ")\n");
    }

    /** Prints all there is to say of a task. */
    void task(Task task) {
        print(task, isJson ? "" : detail(task));
    }

    /** One task in a line of a table. */
    List<String> row(Task task) {
        return List.of(
                task.getTaskId(),
                task.getState().name(),
                dash(task.getQueue()),
                dash(task.getKind()),
                Integer.toString(task.getPriority()),
                task.getAttempts() + "/" + task.getRetryPolicy().getMaxAttempts(),
                relative(task.getCreateTime()),
                note(task));
    }

    static List<String> heading() {
        return List.of("ID", "STATE", "QUEUE", "KIND", "PRIORITY", "ATTEMPTS", "CREATED", "NOTE");
    }

    /** What is most worth knowing of a task in its state. */
    private String note(Task task) {
        if (task.hasLease()) {
            return "with " + task.getLease().getWorkerId() + " until "
                    + relative(task.getLease().getExpireTime());
        } else if (task.getState() == Task.State.ENQUEUED
                && time(task.getDueTime()).isAfter(now)) {
            return "due " + relative(task.getDueTime());
        } else if (task.hasError()) {
            return error(task.getError());
        }
        return "-";
    }

    private String detail(Task task) {
        List<List<String>> rows = new ArrayList<>();
        add(rows, "task", task.getTaskId());
        add(rows, "state", task.getState().name());
        add(rows, "queue", task.getQueue());
        add(rows, "kind", task.getKind());
        add(rows, "priority", Integer.toString(task.getPriority()));
        add(rows, "payload", bytes(task.getPayload()));
        add(
                rows,
                "labels",
                task.getLabelsMap().entrySet().stream()
                        .map(label -> label.getKey() + "=" + label.getValue())
                        .sorted()
                        .collect(Collectors.joining(", ")));
        add(
                rows,
                "attempts",
                task.getAttempts() + " of " + task.getRetryPolicy().getMaxAttempts());
        add(rows, "created", both(task.getCreateTime()));
        add(rows, "due", task.getState() == Task.State.ENQUEUED ? both(task.getDueTime()) : "");
        add(rows, "started", task.hasStartTime() ? both(task.getStartTime()) : "");
        add(rows, "finished", task.hasFinishTime() ? both(task.getFinishTime()) : "");
        add(rows, "retention", duration(task.getRetention()));
        if (task.hasLease()) {
            add(rows, "worker", task.getLease().getWorkerId());
            add(rows, "token", Long.toString(task.getLease().getToken()));
            add(rows, "lease until", both(task.getLease().getExpireTime()));
        }
        if (task.hasProgress()) {
            String note = task.getProgress().getNote();
            add(rows, "progress", task.getProgress().getPercent() + "%" + (note.isEmpty() ? "" : ", " + note));
        }
        add(rows, "result", bytes(task.getResult()));
        add(rows, "error", task.hasError() ? error(task.getError()) : "");
        task.getPartsMap().entrySet().stream()
                .sorted(java.util.Map.Entry.comparingByKey())
                .forEach(part -> {
                    String error = part.getValue().hasError()
                            ? ", " + error(part.getValue().getError())
                            : "";
                    add(
                            rows,
                            "part " + part.getKey(),
                            part.getValue().getState().name() + error);
                });
        return Table.of(List.of("namespace", task.getNamespace()), rows) + "etag         " + task.getEtag() + "\n";
    }

    private static void add(List<List<String>> rows, String name, String value) {
        if (!value.isEmpty()) {
            rows.add(List.of(name + " ".repeat(Math.max(0, 11 - name.length())), value));
        }
    }

    /** Prints a leader's lease. */
    void lease(Lease lease) {
        String holder = lease.getHolder().isEmpty() ? "free" : "held by " + lease.getHolder();
        boolean isOver = !time(lease.getExpireTime()).isAfter(now);
        String until = lease.getHolder().isEmpty()
                ? ""
                : (isOver ? ", but ran out " : " until ") + relative(lease.getExpireTime());
        print(lease, "lease " + lease.getScope() + " is " + holder + until + " (token " + lease.getToken() + ")\n");
    }

    private static String error(TaskError error) {
        String message = error.getMessage();
        return dash(error.getCode()) + (message.isEmpty() ? "" : ": " + oneLine(message));
    }

    private static String dash(String text) {
        return text.isEmpty() ? "-" : text;
    }

    private static String bytes(ByteString bytes) {
        if (bytes.isEmpty()) {
            return "";
        }
        String text;
        try {
            text = java.nio.charset.StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bytes.asReadOnlyByteBuffer())
                    .toString();
            text = text.chars().anyMatch(c -> c < ' ' && c != '\n' && c != '\t') ? base64(bytes) : oneLine(text);
        } catch (CharacterCodingException e) {
            text = base64(bytes);
        }
        return text.length() <= BYTES_SHOWN_MAX
                ? text
                : text.substring(0, BYTES_SHOWN_MAX) + "... (" + bytes.size() + " bytes)";
    }

    private static String base64(ByteString bytes) {
        return "base64:" + Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    /** Without what would move the cursor or colour the terminal. */
    static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }

    private static Instant time(Timestamp time) {
        return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
    }

    private static String duration(Duration duration) {
        return Formats.show(java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos()));
    }

    private String both(Timestamp time) {
        return relative(time) + " (" + time(time) + ")";
    }

    private String relative(Timestamp time) {
        return relative(java.time.Duration.between(now, time(time)));
    }

    /** How long ago, or in how long, in one unit. */
    static String relative(java.time.Duration from) {
        long seconds = Math.abs(from.toSeconds());
        String span = seconds < 120
                ? seconds + "s"
                : seconds < 7200
                        ? seconds / 60 + "m"
                        : seconds < 172_800 ? seconds / 3600 + "h" : seconds / 86_400 + "d";
        return from.isNegative() ? span + " ago" : "in " + span;
    }
}
