package dev.tandem.testkit;

import dev.tandem.task.CommandCodec;
import dev.tandem.task.OutcomeCodec;
import dev.tandem.task.RecordCodec;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.List;

/**
 * Histories as JSON, one operation a line, so that one process records what another one checks.
 *
 * <p>Commands, outcomes and records are in the bytes of the codec, because a check needs every field; {@code what} says
 * the same for people and is not read.
 */
public final class HistoryLines {
    private HistoryLines() {}

    public static String write(Operation operation) {
        JsonObject line = new JsonObject()
                .put("client", operation.client())
                .put("invoked", operation.invoked())
                .put("returned", operation.returned())
                .put("what", operation.call() + " -> " + operation.answer());
        if (operation.call() instanceof Operation.Command command) {
            line.put("command", text(CommandCodec.encode(command.command())));
        } else if (operation.call() instanceof Operation.ReadTask read) {
            line.put("namespace", read.namespace()).put("readTask", read.id());
        } else if (operation.call() instanceof Operation.ReadLease read) {
            line.put("namespace", read.namespace()).put("readLease", read.scope());
        }
        if (operation.answer() instanceof Operation.Came came) {
            line.put("came", text(OutcomeCodec.encode(came.outcome())));
        } else if (operation.answer() instanceof Operation.FoundTask found) {
            line.put("foundTask", found.task() == null ? "" : text(RecordCodec.encode(found.task())));
        } else if (operation.answer() instanceof Operation.FoundLease found) {
            line.put("foundLease", found.lease() == null ? "" : text(RecordCodec.encode(found.lease())));
        } else {
            line.put("failed", operation.answer() instanceof Operation.Unknown ? "unknown" : "refused");
        }
        return line.encode();
    }

    /**
     * The operations that these lines hold.
     *
     * @throws IllegalArgumentException if a line is not one that {@link #write} wrote
     */
    public static List<Operation> read(List<String> lines) {
        return lines.stream()
                .filter(line -> !line.isBlank())
                .map(HistoryLines::read)
                .toList();
    }

    private static Operation read(String text) {
        try {
            JsonObject line = new JsonObject(text);
            return new Operation(
                    line.getInteger("client"),
                    line.getLong("invoked"),
                    line.getLong("returned"),
                    readCall(line),
                    readAnswer(line));
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("not a line of a history: " + text, e);
        }
    }

    private static Operation.Call readCall(JsonObject line) {
        if (line.containsKey("command")) {
            return new Operation.Command(CommandCodec.decode(bytes(line, "command")));
        }
        String namespace = line.getString("namespace");
        return line.containsKey("readTask")
                ? new Operation.ReadTask(namespace, line.getString("readTask"))
                : new Operation.ReadLease(namespace, line.getString("readLease"));
    }

    private static Operation.Answer readAnswer(JsonObject line) {
        if (line.containsKey("came")) {
            return new Operation.Came(OutcomeCodec.decode(bytes(line, "came")));
        } else if (line.containsKey("foundTask")) {
            return new Operation.FoundTask(
                    isEmpty(line, "foundTask") ? null : RecordCodec.decodeTask(bytes(line, "foundTask")));
        } else if (line.containsKey("foundLease")) {
            return new Operation.FoundLease(
                    isEmpty(line, "foundLease") ? null : RecordCodec.decodeLease(bytes(line, "foundLease")));
        }
        return switch (line.getString("failed")) {
            case "unknown" -> new Operation.Unknown();
            case "refused" -> new Operation.Refused();
            default -> throw new IllegalArgumentException("failed is unknown or refused");
        };
    }

    private static boolean isEmpty(JsonObject line, String name) {
        return line.getString(name).isEmpty();
    }

    private static byte[] bytes(JsonObject line, String name) {
        return Base64.getDecoder().decode(line.getString(name));
    }

    private static String text(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
