#include "detail/native/elementwise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

namespace tarn::onnx::native {
namespace {

using Text = std::string_view;

template <typename In, typename Out, typename F>
class Unary : public Step {
 public:
  Unary(int in, int out, F function) : Step({in}, {out}), function_(function) {}
  void run(const Tile& tile) const override {
    const In* __restrict in = tile.at<In>(inputs()[0]);
    Out* __restrict out = tile.at<Out>(outputs()[0]);
    for (std::size_t i = 0; i < tile.rows; ++i) out[i] = function_(in[i]);
  }

 private:
  F function_;
};

template <typename A, typename B, typename Out, typename F>
class Binary : public Step {
 public:
  Binary(int a, int b, int out, F function) : Step({a, b}, {out}), function_(function) {}
  void run(const Tile& tile) const override {
    const A* __restrict a = tile.at<A>(inputs()[0]);
    const B* __restrict b = tile.at<B>(inputs()[1]);
    Out* __restrict out = tile.at<Out>(outputs()[0]);
    for (std::size_t i = 0; i < tile.rows; ++i) out[i] = function_(a[i], b[i]);
  }

 private:
  F function_;
};

template <typename A, typename T, typename F>
class Ternary : public Step {
 public:
  Ternary(int a, int b, int c, int out, F function) : Step({a, b, c}, {out}), function_(function) {}
  void run(const Tile& tile) const override {
    const A* __restrict a = tile.at<A>(inputs()[0]);
    const T* __restrict b = tile.at<T>(inputs()[1]);
    const T* __restrict c = tile.at<T>(inputs()[2]);
    T* __restrict out = tile.at<T>(outputs()[0]);
    for (std::size_t i = 0; i < tile.rows; ++i) out[i] = function_(a[i], b[i], c[i]);
  }

 private:
  F function_;
};

template <typename In, typename Out, typename F>
StepPtr make_unary(int in, int out, F function) {
  return std::make_unique<Unary<In, Out, F>>(in, out, function);
}
template <typename A, typename B, typename Out, typename F>
StepPtr make_binary(int a, int b, int out, F function) {
  return std::make_unique<Binary<A, B, Out, F>>(a, b, out, function);
}
template <typename A, typename T, typename F>
StepPtr make_ternary(int a, int b, int c, int out, F function) {
  return std::make_unique<Ternary<A, T, F>>(a, b, c, out, function);
}

/// Calls `make` with a value of the element type's C++ type; null for a type that has none here.
template <typename Make>
StepPtr of_type(ElementType type, const Make& make) {
  switch (type) {
    case ElementType::kFloat:
      return make(float{});
    case ElementType::kDouble:
      return make(double{});
    case ElementType::kInt64:
      return make(std::int64_t{});
    case ElementType::kInt32:
      return make(std::int32_t{});
    case ElementType::kBool:
      return make(std::uint8_t{});
    case ElementType::kString:
      return make(Text{});
    default:
      return nullptr;
  }
}

template <typename T>
constexpr bool kIsBool = std::is_same_v<T, std::uint8_t>;
template <typename T>
constexpr bool kIsInteger = std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::int32_t>;

template <typename T>
StepPtr real_unary(std::string_view op, int in, int out) {
  if (op == "Neg") return make_unary<T, T>(in, out, [](T x) { return -x; });
  if (op == "Abs") return make_unary<T, T>(in, out, [](T x) { return std::abs(x); });
  if (op == "Sqrt") return make_unary<T, T>(in, out, [](T x) { return std::sqrt(x); });
  if (op == "Exp") return make_unary<T, T>(in, out, [](T x) { return std::exp(x); });
  if (op == "Log") return make_unary<T, T>(in, out, [](T x) { return std::log(x); });
  if (op == "Floor") return make_unary<T, T>(in, out, [](T x) { return std::floor(x); });
  if (op == "Ceil") return make_unary<T, T>(in, out, [](T x) { return std::ceil(x); });
  // To the nearest, halves to the even one: the processor's default rounding.
  if (op == "Round") return make_unary<T, T>(in, out, [](T x) { return std::nearbyint(x); });
  if (op == "Reciprocal") return make_unary<T, T>(in, out, [](T x) { return 1 / x; });
  if (op == "Relu") return make_unary<T, T>(in, out, [](T x) { return x < 0 ? 0 : x; });
  return nullptr;
}

/// Integers wrap around, as the processor's do.
template <typename T>
StepPtr integer_binary(std::string_view op, int a, int b, int out) {
  using U = std::make_unsigned_t<T>;
  const auto wrap = [](U value) { return static_cast<T>(value); };
  if (op == "Add")
    return make_binary<T, T, T>(a, b, out, [=](T x, T y) { return wrap(U(x) + U(y)); });
  if (op == "Sub")
    return make_binary<T, T, T>(a, b, out, [=](T x, T y) { return wrap(U(x) - U(y)); });
  if (op == "Mul")
    return make_binary<T, T, T>(a, b, out, [=](T x, T y) { return wrap(U(x) * U(y)); });
  return nullptr;
}

template <typename T>
StepPtr real_binary(std::string_view op, int a, int b, int out) {
  if (op == "Add") return make_binary<T, T, T>(a, b, out, [](T x, T y) { return x + y; });
  if (op == "Sub") return make_binary<T, T, T>(a, b, out, [](T x, T y) { return x - y; });
  if (op == "Mul") return make_binary<T, T, T>(a, b, out, [](T x, T y) { return x * y; });
  if (op == "Div") return make_binary<T, T, T>(a, b, out, [](T x, T y) { return x / y; });
  // NaN in either is NaN.
  if (op == "Min")
    return make_binary<T, T, T>(a, b, out, [](T x, T y) { return x < y || x != x ? x : y; });
  if (op == "Max")
    return make_binary<T, T, T>(a, b, out, [](T x, T y) { return x > y || x != x ? x : y; });
  return nullptr;
}

/// A number outside the integer's range, and NaN, become its smallest value: what x86 makes of it.
template <typename To, typename From>
To convert(From value) {
  if constexpr (kIsBool<To>) {
    return value != From{} ? 1 : 0;
  } else if constexpr (std::is_floating_point_v<From> && kIsInteger<To>) {
    constexpr To kSmallest = std::numeric_limits<To>::min();
    constexpr From kLow = static_cast<From>(kSmallest);
    return value >= kLow && value < -kLow ? static_cast<To>(value) : kSmallest;
  } else {
    return static_cast<To>(value);
  }
}

class WeightedSum final : public Step {
 public:
  WeightedSum(ElementType type, std::vector<double> weights, double bias, std::vector<int> in,
              int out)
      : Step(std::move(in), {out}), type_(type), weights_(std::move(weights)), bias_(bias) {}

  void run(const Tile& tile) const override {
    type_ == ElementType::kFloat ? sum<float>(tile) : sum<double>(tile);
  }
  std::size_t scratch_bytes() const override { return kTileRows * sizeof(double); }

 private:
  template <typename T>
  void sum(const Tile& tile) const {
    auto* __restrict total = reinterpret_cast<double*>(tile.scratch);
    std::fill_n(total, tile.rows, 0.0);
    for (std::size_t c = 0; c < weights_.size(); ++c) {
      const T* __restrict x = tile.at<T>(inputs()[c]);
      const double weight = weights_[c];
      for (std::size_t i = 0; i < tile.rows; ++i) total[i] += weight * static_cast<double>(x[i]);
    }
    T* __restrict out = tile.at<T>(outputs()[0]);
    for (std::size_t i = 0; i < tile.rows; ++i) out[i] = static_cast<T>(total[i] + bias_);
  }

  ElementType type_;
  std::vector<double> weights_;
  double bias_;
};

struct TextHash : std::hash<std::string_view> {
  using is_transparent = void;
};

/// Texts of the table and its values live as long as the step does.
template <typename Value>
class TextLookup final : public Step {
 public:
  using Out = std::conditional_t<std::is_same_v<Value, std::string>, Text, Value>;

  TextLookup(const Lookup<TextKey, Value>& table, int in, int out)
      : Step({in}, {out}), absent_(table.absent) {
    for (const auto& [key, value] : table.entries) entries_.emplace(key, value);
  }

  void run(const Tile& tile) const override {
    const Text* in = tile.at<Text>(inputs()[0]);
    Out* out = tile.at<Out>(outputs()[0]);
    for (std::size_t i = 0; i < tile.rows; ++i) {
      // Runs of one text are common: tables are often sorted.
      if (i > 0 && in[i] == in[i - 1]) {
        out[i] = out[i - 1];
        continue;
      }
      const auto found = entries_.find(in[i]);
      out[i] = found == entries_.end() ? absent_ : found->second;
    }
  }

 private:
  std::unordered_map<std::string, Value, TextHash, std::equal_to<>> entries_;
  Value absent_;
};

template <typename Value>
class IntegerLookup final : public Step {
 public:
  using Out = std::conditional_t<std::is_same_v<Value, std::string>, Text, Value>;

  IntegerLookup(Lookup<std::int64_t, Value> table, int in, int out)
      : Step({in}, {out}), table_(std::move(table)) {}

  void run(const Tile& tile) const override {
    const auto* in = tile.at<std::int64_t>(inputs()[0]);
    Out* out = tile.at<Out>(outputs()[0]);
    for (std::size_t i = 0; i < tile.rows; ++i) {
      const auto found = table_.entries.find(in[i]);
      out[i] = found == table_.entries.end() ? table_.absent : found->second;
    }
  }

 private:
  Lookup<std::int64_t, Value> table_;
};

}  // namespace

StepPtr unary(std::string_view op, ElementType type, int in, int out) {
  return of_type(type, [&](auto zero) -> StepPtr {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) return real_unary<T>(op, in, out);
    if constexpr (kIsBool<T>) {
      if (op == "Not") return make_unary<T, T>(in, out, [](T x) -> T { return x == 0; });
    }
    return nullptr;
  });
}

StepPtr binary(std::string_view op, ElementType type, int a, int b, int out) {
  return of_type(type, [&](auto zero) -> StepPtr {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) return real_binary<T>(op, a, b, out);
    if constexpr (kIsInteger<T>) return integer_binary<T>(op, a, b, out);
    if constexpr (kIsBool<T>) {
      if (op == "And") return make_binary<T, T, T>(a, b, out, [](T x, T y) -> T { return x && y; });
      if (op == "Or") return make_binary<T, T, T>(a, b, out, [](T x, T y) -> T { return x || y; });
    }
    return nullptr;
  });
}

StepPtr compare(std::string_view op, ElementType type, int a, int b, int out) {
  using Bool = std::uint8_t;
  return of_type(type, [&](auto zero) -> StepPtr {
    using T = decltype(zero);
    if (op == "Equal")
      return make_binary<T, T, Bool>(a, b, out, [](T x, T y) -> Bool { return x == y; });
    if constexpr (std::is_floating_point_v<T> || kIsInteger<T>) {
      if (op == "Less")
        return make_binary<T, T, Bool>(a, b, out, [](T x, T y) -> Bool { return x < y; });
      if (op == "LessOrEqual")
        return make_binary<T, T, Bool>(a, b, out, [](T x, T y) -> Bool { return x <= y; });
      if (op == "Greater")
        return make_binary<T, T, Bool>(a, b, out, [](T x, T y) -> Bool { return x > y; });
      if (op == "GreaterOrEqual")
        return make_binary<T, T, Bool>(a, b, out, [](T x, T y) -> Bool { return x >= y; });
    }
    return nullptr;
  });
}

StepPtr is_nan(ElementType type, int in, int out) {
  return of_type(type, [&](auto zero) -> StepPtr {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>)
      return make_unary<T, std::uint8_t>(in, out, [](T x) -> std::uint8_t { return x != x; });
    return nullptr;
  });
}

StepPtr is_infinite(ElementType type, bool positive, bool negative, int in, int out) {
  return of_type(type, [&](auto zero) -> StepPtr {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      constexpr T kInfinity = std::numeric_limits<T>::infinity();
      return make_unary<T, std::uint8_t>(in, out, [=](T x) -> std::uint8_t {
        return (positive && x == kInfinity) || (negative && x == -kInfinity);
      });
    }
    return nullptr;
  });
}

StepPtr cast(ElementType from, ElementType to, int in, int out) {
  return of_type(from, [&](auto source) -> StepPtr {
    return of_type(to, [&](auto target) -> StepPtr {
      using From = decltype(source);
      using To = decltype(target);
      if constexpr (std::is_same_v<From, Text> || std::is_same_v<To, Text>) {
        return nullptr;
      } else {
        return make_unary<From, To>(in, out, convert<To, From>);
      }
    });
  });
}

StepPtr select(ElementType type, int condition, int a, int b, int out) {
  return of_type(type, [&](auto zero) -> StepPtr {
    using T = decltype(zero);
    return make_ternary<std::uint8_t, T>(condition, a, b, out,
                                         [](std::uint8_t c, T x, T y) { return c != 0 ? x : y; });
  });
}

StepPtr select_nan(ElementType tested_type, ElementType type, int tested, int a, int b, int out) {
  return of_type(tested_type, [&](auto tested_zero) -> StepPtr {
    return of_type(type, [&](auto zero) -> StepPtr {
      using C = decltype(tested_zero);
      using T = decltype(zero);
      if constexpr (std::is_floating_point_v<C>) {
        return make_ternary<C, T>(tested, a, b, out, [](C c, T x, T y) { return c != c ? x : y; });
      } else {
        return nullptr;
      }
    });
  });
}

StepPtr clip(ElementType type, int in, int low, int high, int out) {
  return of_type(type, [&](auto zero) -> StepPtr {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T> || kIsInteger<T>) {
      return make_ternary<T, T>(in, low, high, out, [](T x, T least, T most) {
        const T raised = x < least ? least : x;
        return most < raised ? most : raised;
      });
    }
    return nullptr;
  });
}

StepPtr scale(ElementType type, float offset, float factor, int in, int out) {
  return of_type(type, [&](auto zero) -> StepPtr {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T> || kIsInteger<T>) {
      return make_unary<T, float>(in, out,
                                  [=](T x) { return static_cast<float>((x - offset) * factor); });
    }
    return nullptr;
  });
}

StepPtr weighted_sum(ElementType type, std::vector<double> weights, double bias,
                     std::vector<int> in, int out) {
  if (type != ElementType::kFloat && type != ElementType::kDouble) return nullptr;
  return std::make_unique<WeightedSum>(type, std::move(weights), bias, std::move(in), out);
}

template <typename Value>
StepPtr look_up(const Lookup<TextKey, Value>& table, int in, int out) {
  return std::make_unique<TextLookup<Value>>(table, in, out);
}
template <typename Value>
StepPtr look_up(Lookup<std::int64_t, Value> table, int in, int out) {
  return std::make_unique<IntegerLookup<Value>>(std::move(table), in, out);
}
template StepPtr look_up(const Lookup<TextKey, float>&, int, int);
template StepPtr look_up(const Lookup<TextKey, std::int64_t>&, int, int);
template StepPtr look_up(const Lookup<TextKey, std::string>&, int, int);
template StepPtr look_up(Lookup<std::int64_t, float>, int, int);
template StepPtr look_up(Lookup<std::int64_t, std::int64_t>, int, int);
template StepPtr look_up(Lookup<std::int64_t, std::string>, int, int);

}  // namespace tarn::onnx::native
