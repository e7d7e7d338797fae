package dev.tandem.grpc;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.vertx.core.http.HttpMethod;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which method a path is for, by the google.api.http rules that the methods are annotated with. Of their templates it
 * knows what tandem.v1 uses: literal segments, segments that are one field, a verb behind a colon, and a body that is the
 * whole request or none.
 */
final class JsonRoutes {
    private static final String WHOLE_REQUEST = "*";

    private final List<Route> routes = new ArrayList<>();

    /**
     * One rule.
     *
     * @param literals by segment; null where the segment is a field
     * @param fields by segment; null where the segment is literal
     * @param verb what follows the last segment's colon; empty for none
     */
    record Route(
            ApiMethod<?, ?> method,
            HttpMethod httpMethod,
            List<@Nullable String> literals,
            List<@Nullable FieldDescriptor> fields,
            String verb,
            boolean hasBody) {}

    /**
     * What a path came to.
     *
     * @param route null if there is none, or none of the HTTP method
     * @param values decoded, by segment; empty strings for literal ones
     * @param allowed the HTTP methods that the path has
     */
    record Match(@Nullable Route route, List<String> values, Set<String> allowed) {}

    JsonRoutes(List<ApiMethod<?, ?>> methods) {
        for (ApiMethod<?, ?> method : methods) {
            routes.add(routeOf(method));
        }
    }

    private static Route routeOf(ApiMethod<?, ?> method) {
        HttpRule rule = method.descriptor().getOptions().getExtension(AnnotationsProto.http);
        HttpMethod httpMethod;
        String template;
        switch (rule.getPatternCase()) {
            case GET -> {
                httpMethod = HttpMethod.GET;
                template = rule.getGet();
            }
            case POST -> {
                httpMethod = HttpMethod.POST;
                template = rule.getPost();
            }
            case PATCH -> {
                httpMethod = HttpMethod.PATCH;
                template = rule.getPatch();
            }
            case DELETE -> {
                httpMethod = HttpMethod.DELETE;
                template = rule.getDelete();
            }
            default ->
                throw new IllegalArgumentException(
                        method.fullName() + " has no google.api.http rule that is known here");
        }
        if (!rule.getBody().isEmpty() && !rule.getBody().equals(WHOLE_REQUEST)) {
            throw new IllegalArgumentException(method.fullName() + " has a body that is not the whole request");
        }
        int colon = template.lastIndexOf(':');
        String verb = colon < 0 ? "" : template.substring(colon + 1);
        List<@Nullable String> literals = new ArrayList<>();
        List<@Nullable FieldDescriptor> fields = new ArrayList<>();
        for (String segment : segments(colon < 0 ? template : template.substring(0, colon))) {
            boolean isField = segment.startsWith("{") && segment.endsWith("}");
            FieldDescriptor field = isField
                    ? method.descriptor().getInputType().findFieldByName(segment.substring(1, segment.length() - 1))
                    : null;
            if (isField && field == null) {
                throw new IllegalArgumentException(method.fullName() + " has no field " + segment);
            }
            literals.add(isField ? null : segment);
            fields.add(field);
        }
        return new Route(
                method, httpMethod, literals, fields, verb, !rule.getBody().isEmpty());
    }

    List<Route> routes() {
        return routes;
    }

    /** The route of a path as it came, percent-encoded. HEAD is served as GET. */
    Match match(HttpMethod httpMethod, String path) {
        HttpMethod wanted = httpMethod.equals(HttpMethod.HEAD) ? HttpMethod.GET : httpMethod;
        // A colon in an id comes percent-encoded, so a plain one begins the verb.
        int colon = path.indexOf(':', path.lastIndexOf('/') + 1);
        String verb = colon < 0 ? "" : path.substring(colon + 1);
        List<String> segments = segments(colon < 0 ? path : path.substring(0, colon));
        Set<String> allowed = new TreeSet<>();
        for (Route route : routes) {
            if (route.verb().equals(verb) && fits(route, segments)) {
                if (route.httpMethod().equals(wanted)) {
                    return new Match(route, valuesOf(route, segments), Set.of());
                }
                allowed.add(route.httpMethod().name());
            }
        }
        return new Match(null, List.of(), allowed);
    }

    private static boolean fits(Route route, List<String> segments) {
        if (segments.size() != route.literals().size()) {
            return false;
        }
        for (int i = 0; i < segments.size(); i++) {
            String literal = route.literals().get(i);
            String segment = segments.get(i);
            if (literal == null ? segment.isEmpty() : !literal.equals(segment)) {
                return false;
            }
        }
        return true;
    }

    private static List<String> valuesOf(Route route, List<String> segments) {
        List<String> values = new ArrayList<>(segments.size());
        for (int i = 0; i < segments.size(); i++) {
            values.add(route.literals().get(i) == null ? decoded(segments.get(i), false) : "");
        }
        return values;
    }

    private static List<String> segments(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    /**
     * Text as it was before it was percent-encoded.
     *
     * @param isQuery whether a plus stands for a space
     * @throws ApiException if it is not percent-encoded text
     */
    static String decoded(String text, boolean isQuery) {
        try {
            return URLDecoder.decode(isQuery ? text : text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ApiException(StatusMap.invalid(
                    StatusMap.INVALID_ARGUMENT, "", "the address has a % that begins no encoded character"));
        }
    }
}
