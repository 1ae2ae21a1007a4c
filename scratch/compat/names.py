"""The names that Keras has, or has had, by module: of these, what is not here is said to be not here.

Any other name is an AttributeError, as in Keras. tests/scratch/compat holds the lists against Keras.
"""

TEXT = """
keras: DTypePolicy FloatDTypePolicy Function Initializer Input InputSpec KerasTensor Layer Loss
  Metric Model Operation Optimizer Quantizer Regularizer RematScope Sequential StatelessScope
  SymbolicScope Variable __version__ activations applications backend callbacks config constraints
  datasets device distillation distribution dtype_policies engine estimator experimental export
  initializers layers legacy losses metrics mixed_precision models name_scope objectives ops
  optimizers preprocessing quantizers random regularizers remat saving src tree utils version
  visualization wrappers

activations: celu deserialize elu exponential gelu get glu hard_shrink hard_sigmoid hard_silu
  hard_swish hard_tanh leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu serialize
  sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus
  swish tanh tanh_shrink threshold

backend: abs all any argmax backend batch_dot binary_crossentropy cast categorical_crossentropy
  clear_session clip common concatenate constant count_params dot epsilon equal eval exp expand_dims
  flatten floatx floor function get_session get_uid gradients greater image_data_format int_shape
  is_float_dtype is_int_dtype is_keras_tensor l2_normalize learning_phase less log max maximum mean
  min minimum ndim not_equal ones permute_dimensions placeholder pow prod random_normal
  random_uniform relu reshape result_type round set_epsilon set_floatx set_image_data_format
  set_learning_phase set_session shape sigmoid softmax sparse_categorical_crossentropy sqrt square
  stack standardize_dtype std stop_gradient sum switch tanh tensorflow_backend var variable zeros

callbacks: BackupAndRestore BaseLogger CSVLogger Callback CallbackList EarlyStopping History
  LambdaCallback LearningRateScheduler ModelCheckpoint OrbaxCheckpoint ProgbarLogger
  ReduceLROnPlateau RemoteMonitor SwapEMAWeights TensorBoard TerminateOnNaN

config: backend disable_flash_attention disable_interactive_logging disable_traceback_filtering
  dtype_policy enable_flash_attention enable_interactive_logging enable_traceback_filtering
  enable_unsafe_deserialization epsilon floatx image_data_format is_flash_attention_enabled
  is_interactive_logging_enabled is_nnx_enabled is_traceback_filtering_enabled max_epochs
  max_steps_per_epoch set_backend set_dtype_policy set_epsilon set_floatx set_image_data_format
  set_max_epochs set_max_steps_per_epoch

datasets: boston_housing california_housing cifar10 cifar100 fashion_mnist imdb mnist reuters

datasets.fashion_mnist:

datasets.mnist:

initializers: Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer
  Initializer LecunNormal LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal
  RandomUniform STFT STFTInitializer TruncatedNormal VarianceScaling Zeros constant deserialize get
  glorot_normal glorot_uniform he_normal he_uniform identity lecun_normal lecun_uniform ones
  orthogonal random_normal random_uniform serialize stft truncated_normal variance_scaling zeros

layers: Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
  AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add
  AdditiveAttention AlphaDropout AtrousConvolution2D Attention AugMix AutoContrast Average
  AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D
  BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate
  ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D
  Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Convolution1D Convolution1DTranspose
  Convolution2D Convolution2DTranspose Convolution3D Convolution3DTranspose Cropping1D Cropping2D
  Cropping3D CuDNNGRU CuDNNLSTM CutMix Dense DenseFeatures DepthwiseConv1D DepthwiseConv2D
  Discretization Dot Dropout ELU EinsumDense Embedding Equalization Flatten FlaxLayer GRU GRUCell
  GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
  GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D
  GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization GroupQueryAttention
  HashedCrossing Hashing Highway Identity Input InputLayer InputSpec IntegerLookup JaxLayer LSTM
  LSTMCell Lambda Layer LayerNormalization LeakyReLU LocallyConnected1D LocallyConnected2D Masking
  MaxNumBoundingBoxes MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D Maximum
  MaxoutDense MelSpectrogram Merge Minimum MixUp MultiHeadAttention Multiply Normalization PReLU
  Permute Pipeline RMSNormalization RNN RandAugment RandomBrightness RandomColorDegeneration
  RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip
  RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization
  RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom ReLU
  RepeatVector Rescaling Reshape Resizing ReversibleEmbedding STFTSpectrogram SeparableConv1D
  SeparableConv2D SeparableConvolution1D SeparableConvolution2D SimpleRNN SimpleRNNCell Softmax
  Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization
  StackedRNNCells StringLookup Subtract TFSMLayer TextVectorization ThresholdedReLU TimeDistributed
  TorchModuleWrapper UnitNormalization UpSampling1D UpSampling2D UpSampling3D Wrapper ZeroPadding1D
  ZeroPadding2D ZeroPadding3D add average concatenate deserialize dot maximum merge minimum multiply
  serialize subtract

losses: BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy
  CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy CategoricalHinge Circle
  CosineSimilarity Dice Hinge Huber KLD KLDivergence LogCosh Loss MAE MSE MeanAbsoluteError
  MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson Reduction
  SparseCategoricalCrossentropy SquaredHinge Tversky binary_crossentropy binary_focal_crossentropy
  categorical_crossentropy categorical_focal_crossentropy categorical_generalized_cross_entropy
  categorical_hinge circle cosine_proximity cosine_similarity ctc deserialize dice get hinge huber
  kl_divergence kld log_cosh logcosh mae mean_absolute_error mean_absolute_percentage_error
  mean_squared_error mean_squared_logarithmic_error mse poisson serialize
  sparse_categorical_crossentropy squared_hinge tversky

metrics: AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy
  CategoricalCrossentropy CategoricalHinge ConcordanceCorrelation CosineSimilarity F1Score
  FBetaScore FalseNegatives FalsePositives Hinge IoU KLDivergence LogCoshError MAE MSE Mean
  MeanAbsoluteError MeanAbsolutePercentageError MeanIoU MeanMetricWrapper MeanSquaredError
  MeanSquaredLogarithmicError Metric OneHotIoU OneHotMeanIoU PearsonCorrelation Poisson Precision
  PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError SensitivityAtSpecificity
  SparseCategoricalAccuracy SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy
  SpecificityAtSensitivity SquaredHinge Sum TopKCategoricalAccuracy TrueNegatives TruePositives
  binary_accuracy binary_crossentropy binary_focal_crossentropy categorical_accuracy
  categorical_crossentropy categorical_focal_crossentropy categorical_hinge concordance_correlation
  deserialize get hinge huber kl_divergence log_cosh mae mean_absolute_error
  mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error mse
  pearson_correlation poisson serialize sparse_categorical_accuracy sparse_categorical_crossentropy
  sparse_top_k_categorical_accuracy squared_hinge top_k_categorical_accuracy

models: Functional Model Sequential clone_model load_model model_from_json save_model

optimizers: Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion LossScaleOptimizer
  MultiOptimizer Muon Nadam Optimizer OptimizerMap RMSprop SGD ScheduleFreeAdamW TFOptimizer adamax
  deserialize get legacy nadam schedules serialize

optimizers.schedules: CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay
  LearningRateSchedule PiecewiseConstantDecay PolynomialDecay deserialize serialize

preprocessing: image_dataset_from_directory sequence text timeseries_dataset_from_array

preprocessing.image: DirectoryIterator Iterator NumpyArrayIterator apply_affine_transform
  array_to_img img_to_array load_img random_rotation random_shear random_shift random_zoom save_img

regularizers: L1 L1L2 L2 OrthogonalRegularizer Regularizer deserialize get l1 l1_l2 l2
  orthogonal_regularizer serialize

utils: Config CustomObjectScope FeatureSpace GeneratorEnqueuer HDF5Matrix OrderedEnqueuer Progbar
  PyDataset Sequence array_to_img audio_dataset_from_directory bounding_boxes clear_session
  custom_object_scope deserialize_keras_object disable_interactive_logging
  enable_interactive_logging get_custom_objects get_file get_registered_name get_registered_object
  get_source_inputs image_dataset_from_directory img_to_array io_utils
  is_interactive_logging_enabled is_keras_tensor legacy load_img model_to_dot multi_gpu_model
  normalize pack_x_y_sample_weight pad_sequences plot_model print_summary
  register_keras_serializable save_img serialize_keras_object set_random_seed split_dataset
  standardize_dtype text_dataset_from_directory timeseries_dataset_from_array to_categorical
  unpack_x_y_sample_weight vis_utils
"""

KERAS = {}  # the names, a set by module; those of keras itself under "keras"
for _paragraph in TEXT.strip().split("\n\n"):
    _module, _, _names = _paragraph.partition(":")
    KERAS[_module] = set(_names.split())
