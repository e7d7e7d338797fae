package dev.tandem.grpc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads JSON into request messages; names what is wrong with it by field, in words of its own. */
final class JsonBody {
    private static final JsonFactory STRICT = JsonFactory.builder()
            .enable(com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final JsonFormat.Parser PARSER = JsonFormat.parser();

    private JsonBody() {}

    /**
     * Reads {@code body} into {@code request}. An empty body is an empty request.
     *
     * @throws ApiException if it is no JSON object, or does not fit the message
     */
    static void merge(Buffer body, Message.Builder request) {
        byte[] bytes = body.getBytes();
        if (isBlank(bytes)) {
            return;
        }
        requireObject(bytes);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (!tryMerge(text, request)) {
            Checks checks = new Checks();
            locate(checks, "", new JsonObject(text), request.getDescriptorForType(), request);
            checks.done();
            throw refused(
                    "the body does not fit " + request.getDescriptorForType().getName());
        }
    }

    /** Reads one field from text, as it comes in an address. False if the text does not fit the field. */
    static boolean mergeField(FieldDescriptor field, Object value, Message.Builder request) {
        return tryMerge(new JsonObject().put(field.getName(), value).encode(), request);
    }

    static boolean isBlank(byte[] bytes) {
        for (byte b : bytes) {
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return false;
            }
        }
        return true;
    }

    /** JsonFormat reads much that is not JSON, so the form is checked before. */
    private static void requireObject(byte[] bytes) {
        try (JsonParser parser = STRICT.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw refused("the body must be a JSON object");
            }
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw refused("the body must be one JSON object, and goes on after it");
            }
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            throw refused("the body is no valid JSON"
                    + (at == null ? "" : ": see line " + at.getLineNr() + ", column " + at.getColumnNr()));
        } catch (IOException e) {
            throw refused("the body is no valid JSON");
        }
    }

    private static boolean tryMerge(String text, Message.Builder request) {
        try {
            PARSER.merge(text, request);
            return true;
        } catch (InvalidProtocolBufferException | RuntimeException e) {
            // What it says is about its own reading; which field it was is found out by reading each by itself.
            return false;
        }
    }

    private static void locate(
            Checks checks, String prefix, JsonObject object, Descriptor type, Message.Builder builder) {
        for (Map.Entry<String, Object> member : object) {
            String name = member.getKey();
            FieldDescriptor field = fieldOf(type, name);
            if (field == null) {
                checks.violate(prefix + Checks.shown(name), "there is no such field in " + type.getName());
            } else if (!tryMerge(
                    new JsonObject().put(name, member.getValue()).encode(),
                    builder.clone().clear())) {
                locateIn(checks, prefix + field.getName(), field, member.getValue(), builder);
            }
        }
    }

    private static void locateIn(
            Checks checks, String path, FieldDescriptor field, @Nullable Object value, Message.Builder builder) {
        boolean isOurs = field.getJavaType() == JavaType.MESSAGE
                && !field.isMapField()
                && !field.getMessageType().getFile().getPackage().equals("google.protobuf");
        if (isOurs && !field.isRepeated() && value instanceof JsonObject object) {
            locate(checks, path + ".", object, field.getMessageType(), builder.newBuilderForField(field));
        } else if (isOurs && value instanceof JsonArray array) {
            for (int i = 0; i < array.size(); i++) {
                if (array.getValue(i) instanceof JsonObject object) {
                    locate(
                            checks,
                            path + "[" + i + "].",
                            object,
                            field.getMessageType(),
                            builder.newBuilderForField(field));
                } else {
                    checks.violate(path + "[" + i + "]", "must be an object");
                }
            }
        } else {
            checks.violate(path, "must be " + wanted(field));
        }
    }

    static @Nullable FieldDescriptor fieldOf(Descriptor type, String name) {
        FieldDescriptor field = type.findFieldByName(name);
        if (field != null) {
            return field;
        }
        for (FieldDescriptor candidate : type.getFields()) {
            if (candidate.getJsonName().equals(name)) {
                return candidate;
            }
        }
        return null;
    }

    /** What a field takes, for people. */
    static String wanted(FieldDescriptor field) {
        if (field.isMapField()) {
            return "an object of names and " + wantedOne(field.getMessageType().findFieldByName("value"), true);
        }
        return field.isRepeated() ? "a list of " + wantedOne(field, true) : wantedOne(field, false);
    }

    private static String wantedOne(FieldDescriptor field, boolean isMany) {
        return switch (field.getJavaType()) {
            case INT, LONG -> isMany ? "whole numbers" : "a whole number";
            case FLOAT, DOUBLE -> isMany ? "numbers" : "a number";
            case BOOLEAN -> "true or false";
            case STRING -> isMany ? "strings" : "a string";
            case BYTE_STRING -> isMany ? "strings of base64" : "a string of base64";
            case ENUM ->
                (isMany ? "any of " : "one of ")
                        + field.getEnumType().getValues().stream()
                                .filter(value -> value.getNumber() != 0)
                                .map(EnumValueDescriptor::getName)
                                .collect(Collectors.joining(", "));
            case MESSAGE -> wantedMessage(field, isMany);
        };
    }

    private static String wantedMessage(FieldDescriptor field, boolean isMany) {
        return switch (field.getMessageType().getFullName()) {
            case "google.protobuf.Duration" -> "a duration in seconds, such as \"2.5s\"";
            case "google.protobuf.Timestamp" -> "a time, such as \"2026-01-31T12:00:00Z\"";
            case "google.protobuf.FieldMask" -> "the names of fields in one string, with commas in between";
            default -> isMany ? "objects" : "an object";
        };
    }

    static ApiException refused(String why) {
        return new ApiException(StatusMap.invalid(StatusMap.INVALID_ARGUMENT, "", why));
    }
}
