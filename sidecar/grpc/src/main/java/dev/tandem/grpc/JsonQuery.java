package dev.tandem.grpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the query of an address into a request message: one parameter a field, repeated for repeated fields. */
final class JsonQuery {
    private static final int PARAMETERS_MAX = 512;

    private JsonQuery() {}

    /**
     * Reads {@code query}, as it came, into {@code request}.
     *
     * @param route whose path's fields the query can't give
     * @throws ApiException if it does not fit the message
     */
    static void merge(@Nullable String query, JsonRoutes.Route route, Message.Builder request) {
        if (query == null || query.isEmpty()) {
            return;
        }
        Checks checks = new Checks();
        if (route.hasBody()) {
            parameters(query)
                    .forEach((name, values) -> checks.violate(
                            Checks.shown(name), "this call takes its fields from the body, not from the address"));
            checks.done();
        }
        parameters(query).forEach((name, values) -> merge(checks, name, values, route, request));
        checks.done();
    }

    private static void merge(
            Checks checks, String name, List<String> values, JsonRoutes.Route route, Message.Builder request) {
        Descriptor type = request.getDescriptorForType();
        FieldDescriptor field = JsonBody.fieldOf(type, name);
        if (field == null) {
            checks.violate(Checks.shown(name), "there is no such field in " + type.getName());
        } else if (route.fields().contains(field)) {
            checks.violate(field.getName(), "is given in the path already");
        } else if (!field.isRepeated() && values.size() > 1) {
            checks.violate(field.getName(), "must be given once, and is given " + values.size() + " times");
        } else if (!JsonBody.mergeField(field, field.isRepeated() ? new JsonArray(values) : values.get(0), request)) {
            checks.violate(field.getName(), "must be " + JsonBody.wanted(field) + ", and " + Checks.is(values.get(0)));
        }
    }

    private static Map<String, List<String>> parameters(String query) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        String[] pairs = query.split("&", PARAMETERS_MAX + 1);
        if (pairs.length > PARAMETERS_MAX) {
            throw JsonBody.refused("the address may have " + PARAMETERS_MAX + " parameters, and has more");
        }
        for (String pair : pairs) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = JsonRoutes.decoded(equals < 0 ? pair : pair.substring(0, equals), true);
            String value = equals < 0 ? "" : JsonRoutes.decoded(pair.substring(equals + 1), true);
            parameters.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
        }
        return parameters;
    }
}
